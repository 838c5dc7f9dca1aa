//! What goes into a statement and what comes out of it, without naming the engine's types.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::base::{Error, Id, Result, Timestamp};

/// A value for a named parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(&'a [u8]),
}

/// A parameter: its name with the colon, and its value.
pub type Param<'a> = (&'static str, Value<'a>);

/// Names the parameters of a statement: `bind! { id: request.id, title: &*new.title }`.
#[macro_export]
macro_rules! bind {
    ($($name:ident : $value:expr),* $(,)?) => {
        &[$((concat!(":", stringify!($name)), $crate::base::db::Value::from($value))),*]
    };
}

impl Value<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.millis())
    }
}

impl<T> From<Id<T>> for Value<'_> {
    fn from(id: Id<T>) -> Self {
        Self::Text(id.to_string().into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.as_str().into())
    }
}

impl<'a, const MIN: usize, const MAX: usize, const IS_NAME: bool>
    From<&'a crate::base::text::Text<MIN, MAX, IS_NAME>> for Value<'a>
{
    fn from(text: &'a crate::base::text::Text<MIN, MAX, IS_NAME>) -> Self {
        Self::Text((&**text).into())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer, read from left to right.
///
/// `take("title")` reads the next column. Debug builds check that the statement calls it so, which
/// turns a column list and a struct that drifted apart into a failing test.
pub struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    next: usize,
    bytes: usize,
}

impl<'r> Row<'r> {
    pub(super) fn new(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, next: 0, bytes: 0 }
    }

    /// What was read of it so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reads the next column, which must have this name.
    pub fn take<T: Column>(&mut self, name: &str) -> Result<T> {
        if cfg!(debug_assertions) {
            let found = self.row.as_ref().column_name(self.next).unwrap_or("missing");
            assert_eq!(found, name, "column {} of the statement", self.next + 1);
        }
        let value = self.row.get_ref(self.next).map_err(Error::internal)?;
        self.next += 1;
        self.bytes += value.as_bytes().map_or(size_of::<Value>(), <[u8]>::len);
        T::read(value.into()).ok_or_else(|| Error::internal(format!("column {name} has another type")))
    }
}

/// The first rows of an answer: as many as there is room for, and one at least.
#[derive(Debug)]
pub struct Fitting<T> {
    pub rows: Vec<T>,
    /// Whether rows follow for which there was no room.
    pub is_cut: bool,
}

/// A value of a row as it lies in the statement.
pub enum Stored<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
    Blob(&'r [u8]),
}

impl<'r> From<ValueRef<'r>> for Stored<'r> {
    fn from(value: ValueRef<'r>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_or(Self::Blob(bytes), Self::Text),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

/// A type that can be read from a column; `None` when the value is of another type.
pub trait Column: Sized {
    fn read(value: Stored<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Int(number) => Some(number),
            _ => None,
        }
    }
}

impl Column for f64 {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Real(number) => Some(number),
            _ => None,
        }
    }
}

impl Column for bool {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).map(|number| number != 0)
    }
}

impl Column for u16 {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).and_then(|number| number.try_into().ok())
    }
}

impl Column for u32 {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).and_then(|number| number.try_into().ok())
    }
}

impl Column for String {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl Column for Timestamp {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).map(Self::from_millis)
    }
}

impl<T> Column for Id<T> {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }
}

/// A type that a whole row turns into.
pub trait FromRow: Sized {
    fn from_row(row: &mut Row<'_>) -> Result<Self>;
}

/// A row of one column, for counts and ids: the column is called `value`.
pub struct Only<T>(pub T);

impl<T: Column> FromRow for Only<T> {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        row.take("value").map(Self)
    }
}

/// Lets an enum that is written as a word travel to and from a text column.
#[macro_export]
macro_rules! text_column {
    ($type:ty) => {
        impl $crate::base::db::Column for $type {
            fn read(value: $crate::base::db::Stored<'_>) -> Option<Self> {
                match value {
                    $crate::base::db::Stored::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }
        }

        impl From<$type> for $crate::base::db::Value<'_> {
            fn from(word: $type) -> Self {
                Self::Text(word.as_str().into())
            }
        }
    };
}
