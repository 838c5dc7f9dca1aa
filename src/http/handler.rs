//! Handlers: plain async functions whose arguments say what they need.

use std::future::Future;
use std::pin::Pin;

use actix_web::HttpRequest;
use actix_web::web::Bytes;

use super::app::App;
use super::failure::Stop;
use super::openapi::Operation;
use super::reply::{Answer, IntoReply, Reply};
use super::route::Route;
use super::who::Caller;
use crate::base::Result;
use crate::kernel::TraceId;

/// A request that has come as far as its handler: everything before it was checked.
pub struct Call {
    pub app: App,
    pub route: &'static Route,
    pub request: HttpRequest,
    pub trace: TraceId,
    /// Who calls; nobody on a public route.
    pub caller: Option<Caller>,
    /// What stands for the `{name}` in the route's path.
    pub params: Vec<(String, String)>,
    pub body: Bytes,
}

pub type Pending = Pin<Box<dyn Future<Output = Result<Answer, Stop>>>>;

/// An argument of a handler.
pub trait FromCall: Sized {
    fn from_call(call: &mut Call) -> Result<Self>;

    /// Adds what this argument means to the route's description.
    fn describe(operation: &mut Operation);
}

impl FromCall for App {
    fn from_call(call: &mut Call) -> Result<Self> {
        Ok(call.app.clone())
    }

    fn describe(_: &mut Operation) {}
}

/// An async function of such arguments.
pub trait Handler<Args> {
    type Reply: IntoReply;

    fn call(self, args: Args) -> impl Future<Output = Reply<Self::Reply>>;
}

/// Takes the arguments from the call and runs the handler.
pub fn invoke<H, Args>(handler: H, mut call: Call) -> Pending
where
    H: Handler<Args> + 'static,
    Args: FromCall + 'static,
{
    Box::pin(async move {
        let args = Args::from_call(&mut call)?;
        Ok(handler.call(args).await?.answer()?)
    })
}

/// Describes the handler's arguments and reply.
pub fn describe<H, Args>(_: H, operation: &mut Operation)
where
    H: Handler<Args>,
    Args: FromCall,
{
    Args::describe(operation);
    H::Reply::describe(operation);
}

/// Functions of up to four arguments.
macro_rules! handler_of {
    ($($arg:ident),+) => {
        impl<Function, Running, Success, $($arg),+> Handler<($($arg,)+)> for Function
        where
            Function: FnOnce($($arg),+) -> Running,
            Running: Future<Output = Reply<Success>>,
            Success: IntoReply,
        {
            type Reply = Success;

            #[allow(non_snake_case)]
            async fn call(self, ($($arg,)+): ($($arg,)+)) -> Reply<Success> {
                self($($arg),+).await
            }
        }

        impl<$($arg: FromCall),+> FromCall for ($($arg,)+) {
            fn from_call(call: &mut Call) -> Result<Self> {
                Ok(($($arg::from_call(call)?,)+))
            }

            fn describe(operation: &mut Operation) {
                $($arg::describe(operation);)+
            }
        }
    };
}

handler_of!(A);
handler_of!(A, B);
handler_of!(A, B, C);
handler_of!(A, B, C, D);
