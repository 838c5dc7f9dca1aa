//! Routes as data: method, path, permission, handler, summary. One table serves requests, makes the
//! OpenAPI document and is what the tests walk.

use std::collections::BTreeMap;
use std::fmt;

use super::handler::{Call, Pending};
use super::openapi::Operation;
use crate::base::{Error, Result};
use crate::kernel::identity::PermissionInfo;
use crate::kernel::limits::Class;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GET => "GET",
            Self::POST => "POST",
            Self::PUT => "PUT",
            Self::PATCH => "PATCH",
            Self::DELETE => "DELETE",
        }
    }

    /// What requests of it cost, when nothing else is said.
    pub const fn class(self) -> Class {
        match self {
            Self::GET => Class::Read,
            Self::POST | Self::PUT | Self::PATCH | Self::DELETE => Class::Write,
        }
    }

    pub fn has_body(self) -> bool {
        matches!(self, Self::POST | Self::PUT | Self::PATCH)
    }

    /// The method of a request; HEAD is served as GET without its body.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "GET" | "HEAD" => Some(Self::GET),
            "POST" => Some(Self::POST),
            "PUT" => Some(Self::PUT),
            "PATCH" => Some(Self::PATCH),
            "DELETE" => Some(Self::DELETE),
            _ => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without saying who.
    Public,
    /// Everybody; who says who he is, is believed only when it is true.
    Optional,
    /// Those who hold this permission.
    Required(PermissionInfo),
}

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
    /// What it costs.
    pub class: Class,
    pub run: fn(Call) -> Pending,
    pub describe: fn(&mut Operation),
}

/// One line of a route table. The third word is the permission that the handler asks for, or
/// `public` or `optional`; a word at the end says what it costs when that is not what others of its method do.
#[macro_export]
macro_rules! route {
    ($method:ident $path:literal, public, $handler:path, $summary:literal $(, $class:ident)?) => {
        $crate::route!(@ $method, $path, $crate::http::Access::Public, $handler, $summary $(, $class)?)
    };
    ($method:ident $path:literal, optional, $handler:path, $summary:literal $(, $class:ident)?) => {
        $crate::route!(@ $method, $path, $crate::http::Access::Optional, $handler, $summary $(, $class)?)
    };
    ($method:ident $path:literal, $permission:ty, $handler:path, $summary:literal $(, $class:ident)?) => {
        $crate::route!(
            @ $method,
            $path,
            $crate::http::Access::Required(<$permission as $crate::kernel::identity::Permission>::INFO),
            $handler,
            $summary
            $(, $class)?
        )
    };
    (@ $method:ident, $path:expr, $access:expr, $handler:path, $summary:expr $(, $class:ident)?) => {
        $crate::http::Route {
            method: $crate::http::Method::$method,
            path: $path,
            access: $access,
            summary: $summary,
            class: [$($crate::kernel::limits::Class::$class,)? $crate::http::Method::$method.class()][0],
            run: |call| $crate::http::invoke($handler, call),
            describe: |operation| $crate::http::describe($handler, operation),
        }
    };
}

/// Every route, found by path and method, and every permission.
pub struct Table {
    paths: matchit::Router<BTreeMap<Method, &'static Route>>,
    routes: Vec<&'static Route>,
    permissions: Vec<PermissionInfo>,
}

/// What a path and method lead to.
pub(super) enum Found<'t, 'p> {
    Route(&'static Route, matchit::Params<'t, 'p>),
    /// The path exists; these are its methods.
    OtherMethods(String),
    Nothing,
}

impl Table {
    pub fn new(routes: Vec<&'static Route>, permissions: Vec<PermissionInfo>) -> Result<Self> {
        let mut by_path: BTreeMap<&'static str, BTreeMap<Method, &'static Route>> = BTreeMap::new();
        for route in &routes {
            by_path.entry(route.path).or_default().insert(route.method, route);
        }
        let mut paths = matchit::Router::new();
        for (path, methods) in by_path {
            paths.insert(path, methods).map_err(Error::internal)?;
        }
        Ok(Self { paths, routes, permissions })
    }

    pub fn routes(&self) -> &[&'static Route] {
        &self.routes
    }

    /// Every permission that a feature knows.
    pub fn permissions(&self) -> &[PermissionInfo] {
        &self.permissions
    }

    pub(super) fn find<'t, 'p>(&'t self, method: Option<Method>, path: &'p str) -> Found<'t, 'p> {
        let Ok(found) = self.paths.at(path) else { return Found::Nothing };
        match method.and_then(|method| found.value.get(&method)) {
            Some(route) => Found::Route(route, found.params),
            None => {
                let names: Vec<&str> = found.value.keys().map(|method| method.as_str()).collect();
                Found::OtherMethods(names.join(", "))
            }
        }
    }
}
