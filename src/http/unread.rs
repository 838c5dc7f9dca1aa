//! Unread replies: what connections hold of replies that nobody takes has a bound, all of them together, and one address
//! gets a part of it only. Past that, who took least lately is cut off.
//!
//! A reply that is taken as fast as it is made is never counted, and the last one that is left is never cut off, however
//! large it is. What the system has taken is not counted either: the listener keeps that small.

mod account;

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::Instant;

use super::bodies::SMALL;
use crate::base::Result;

use account::Stall;
pub use account::Unread;

/// What of a reply is handed on at once, so that no second copy of all of it is made.
const PIECE: usize = 32 * 1024;

/// Who took so much since he was looked at last takes his reply.
const WORTH: usize = 16 * 1024;

/// What one connection has not got rid of, seen by who answers and by who writes. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Rc<State>);

struct State {
    unread: Unread,
    /// None for a proxy, which speaks for many.
    address: Option<IpAddr>,
    /// Large bodies that have been begun and are not handed on.
    bodies: Cell<usize>,
    stall: RefCell<Option<Stall>>,
    /// What was taken since the stall was looked at.
    taken: Cell<usize>,
}

/// He takes too little, and others need the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutOff;

impl Outbox {
    pub fn new(unread: Unread, address: Option<IpAddr>) -> Self {
        let (bodies, stall, taken) = (Cell::default(), RefCell::default(), Cell::default());
        Self(Rc::new(State { unread, address, bodies, stall, taken }))
    }

    /// That of the connection that a request came on.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        request.conn_data::<Self>().cloned()
    }

    /// Whether there is room for a reply of this length, should nobody take it.
    pub(super) fn must_have_room(request: &HttpRequest, length: usize) -> Result<()> {
        match request.conn_data::<Self>() {
            Some(Self(state)) if length > SMALL => state.unread.must_have_room(state.address, length),
            _ => Ok(()),
        }
    }

    /// The same response, which hands a large body on in pieces.
    pub fn send(self, response: HttpResponse) -> HttpResponse {
        response.map_body(|_, body| match body.try_into_bytes() {
            Ok(body) if body.len() > SMALL => BoxBody::new(InPieces::of(body, self)),
            Ok(body) => BoxBody::new(body),
            Err(body) => body,
        })
    }

    /// Nothing can be written, of so much; this task is woken when others need the room.
    pub fn has_stalled(&self, waiting: usize, now: Instant, context: &Context<'_>) -> Result<(), CutOff> {
        let state = &*self.0;
        let bytes = waiting + state.bodies.get();
        let mut stall = state.stall.borrow_mut();
        let stall = stall.get_or_insert_with(|| state.unread.begin(state.address, now));
        let has_moved = state.taken.get() >= WORTH;
        if has_moved {
            state.taken.set(0);
        }
        stall.weighs(bytes, has_moved.then_some(now), context)
    }

    /// So much was written of so much.
    pub fn has_written(&self, written: usize, of: usize) {
        let state = &*self.0;
        if state.stall.borrow().is_none() {
            return;
        }
        if written == of && state.bodies.get() == 0 {
            state.taken.set(0);
            state.stall.replace(None);
        } else {
            state.taken.update(|before| before + written);
        }
    }
}

/// A body that is here as a whole and goes out piece by piece. All of it is held until the last is taken.
struct InPieces {
    length: usize,
    rest: Bytes,
    outbox: Outbox,
}

impl InPieces {
    fn of(body: Bytes, outbox: Outbox) -> Self {
        outbox.0.bodies.update(|before| before + body.len());
        Self { length: body.len(), rest: body, outbox }
    }
}

impl Drop for InPieces {
    fn drop(&mut self) {
        self.outbox.0.bodies.update(|before| before - self.length);
    }
}

impl MessageBody for InPieces {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let length = self.rest.len().min(PIECE);
        Poll::Ready((length > 0).then(|| Ok(self.rest.split_to(length))))
    }
}
