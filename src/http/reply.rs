//! Replies: one shape, `{"data": …, "meta": {"traceId": …}}`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::cursor::Cursor;
use super::download::Download;
use super::failure::Stop;
use super::identity::cookie_name;
use super::live::Events;
use super::openapi::Operation;
use crate::base::db::Fitting;
use crate::base::{Error, Result};

/// What a handler returns.
pub type Reply<T> = std::result::Result<T, Stop>;

/// A value that becomes a reply.
pub trait IntoReply {
    fn status(&self) -> u16 {
        200
    }

    /// The JSON under `data`.
    fn data(&self) -> Result<String>;

    /// Where a list goes on: `None` for what is not a list, `Some(None)` at its end.
    fn next_cursor(&self) -> Option<Option<String>> {
        None
    }

    /// Headers that only this reply has.
    fn headers(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn describe(operation: &mut Operation);

    fn answer(self) -> Result<Answer>
    where
        Self: Sized,
    {
        Ok(Answer {
            status: self.status(),
            body: Body::Data { json: self.data()?.into(), next_cursor: self.next_cursor() },
            headers: self.headers(),
            is_patient: false,
        })
    }
}

/// A reply before it is put on the wire.
pub struct Answer {
    pub status: u16,
    pub body: Body,
    pub headers: Vec<(&'static str, String)>,
    /// Whether it was meant to take its time.
    pub is_patient: bool,
}

pub enum Body {
    Data {
        json: Cow<'static, str>,
        next_cursor: Option<Option<String>>,
    },
    /// A document with a form of its own, such as the OpenAPI document.
    Raw {
        content_type: &'static str,
        text: String,
    },
    /// Events, as they happen.
    Live(Events),
    /// A file as it is.
    File(Download),
}

impl Body {
    /// The bytes of it that are in memory.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Data { json, .. } => json.len(),
            Self::Raw { text, .. } => text.len(),
            Self::Live(_) | Self::File(_) => 0,
        }
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// One thing: 200.
pub struct Shown<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Shown<T> {
    fn data(&self) -> Result<String> {
        json(&self.0)
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with::<T>(200);
    }
}

/// One thing for which the caller waited on purpose.
pub struct Awaited<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Awaited<T> {
    fn data(&self) -> Result<String> {
        json(&self.0)
    }

    fn answer(self) -> Result<Answer> {
        Ok(Answer { is_patient: true, ..Shown(self.0).answer()? })
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with::<T>(200);
    }
}

/// Text that is no JSON.
pub struct Text {
    pub content_type: &'static str,
    pub text: String,
}

impl IntoReply for Text {
    fn data(&self) -> Result<String> {
        Err(Error::internal("plain text can't be kept for a repeat"))
    }

    fn answer(self) -> Result<Answer> {
        let body = Body::Raw { content_type: self.content_type, text: self.text };
        Ok(Answer { status: 200, body, headers: Vec::new(), is_patient: false })
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with_text();
    }
}

/// Something was made: 201.
pub struct Created<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Created<T> {
    fn status(&self) -> u16 {
        201
    }

    fn data(&self) -> Result<String> {
        json(&self.0)
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with::<T>(201);
    }
}

/// It was taken on and goes on after the reply: 202.
pub struct Accepted<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Accepted<T> {
    fn status(&self) -> u16 {
        202
    }

    fn data(&self) -> Result<String> {
        json(&self.0)
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with::<T>(202);
    }
}

/// It is gone: 200 with what was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    pub id: String,
    pub deleted: bool,
}

impl Deleted {
    pub fn of(id: impl ToString) -> Self {
        Self { id: id.to_string(), deleted: true }
    }
}

impl IntoReply for Deleted {
    fn data(&self) -> Result<String> {
        json(self)
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with::<Self>(200);
    }
}

/// A page of a list, and where the next begins.
pub struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` items from a list that was asked for one more, which shows whether
    /// another page follows. `position` says where a page that ends with an item goes on.
    pub fn of<P: Serialize>(mut items: Vec<T>, limit: usize, position: impl Fn(&T) -> P) -> Result<Self> {
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(last) if goes_on => Some(Cursor::encode(&position(last))?),
            _ => None,
        };
        Ok(Self { items, next })
    }

    /// The same from a list that may have ended earlier, where its items are large.
    pub fn fitting<P: Serialize>(
        found: Fitting<T>,
        limit: usize,
        position: impl Fn(&T) -> P,
    ) -> Result<Self> {
        let Fitting { rows, is_cut } = found;
        match rows.last() {
            Some(last) if is_cut && rows.len() <= limit => {
                let next = position(last);
                Self::until(rows, Some(next))
            }
            _ => Self::of(rows, limit, position),
        }
    }

    /// Makes a page of these items, and says where the next begins, when there may be one.
    pub fn until<P: Serialize>(items: Vec<T>, next: Option<P>) -> Result<Self> {
        let next = next.map(|position| Cursor::encode(&position)).transpose()?;
        Ok(Self { items, next })
    }
}

impl<T: Serialize + JsonSchema> IntoReply for Page<T> {
    fn data(&self) -> Result<String> {
        json(&self.items)
    }

    fn next_cursor(&self) -> Option<Option<String>> {
        Some(self.next.clone())
    }

    fn describe(operation: &mut Operation) {
        operation.lists::<T>();
    }
}

/// A document with a form of its own.
pub struct Raw {
    pub content_type: &'static str,
    pub text: String,
}

impl IntoReply for Raw {
    fn data(&self) -> Result<String> {
        Ok(self.text.clone())
    }

    fn answer(self) -> Result<Answer> {
        let body = Body::Raw { content_type: self.content_type, text: self.text };
        Ok(Answer { status: 200, body, headers: Vec::new(), is_patient: false })
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with_document();
    }
}

/// A reply that begins or ends a browser's session: the same, with its cookie.
pub struct WithCookie<T> {
    pub reply: T,
    pub cookie: Cookie,
}

/// The session's cookie, as it is set or taken away.
pub struct Cookie {
    /// The token; none takes the cookie away.
    pub token: Option<String>,
    pub seconds: u64,
    /// For https only.
    pub is_secure: bool,
}

impl Cookie {
    fn text(&self) -> String {
        let (token, seconds) = (self.token.as_deref().unwrap_or_default(), self.seconds);
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = cookie_name(self.is_secure);
        format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

impl<T: IntoReply> IntoReply for WithCookie<T> {
    fn status(&self) -> u16 {
        self.reply.status()
    }

    fn data(&self) -> Result<String> {
        self.reply.data()
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("set-cookie", self.cookie.text())]
    }

    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}
