//! How each thing goes wrong, and comes right again.

use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::process::Signal;
use serde_json::json;

use crate::control::Field;
use crate::plan::{Fault, Receivers};
use crate::receiver::Receiver;
use crate::server::{Place, Server};
use crate::wire::{Address, Connection as Caller, Heard};

/// Where things go wrong.
pub struct Scene<'s> {
    pub place: &'s Place,
    pub server: &'s Server,
    pub receiver: &'s Receiver,
    /// The token of whoever runs the instance.
    pub operator: &'s str,
}

/// For so long something is wrong.
pub fn go_wrong(fault: Fault, span: Duration, scene: &Scene) {
    let Scene { place, server, receiver, operator } = *scene;
    let control = &place.control;
    match fault {
        Fault::Frozen => {
            server.signal(Signal::STOP);
            thread::sleep(span);
            server.signal(Signal::CONT);
        }
        Fault::FullDisk => control.set(Field::IsFull, 1),
        Fault::WriteErrors(every) => control.set(Field::FailingWrite, every),
        Fault::FlushErrors(every) => control.set(Field::FailingFlush, every),
        Fault::ReadErrors(every) => control.set(Field::FailingRead, every),
        Fault::SlowDisk(micros) => control.set(Field::FlushMicros, micros),
        Fault::Clock(millis) => place.misset_clock(millis),
        Fault::Reader => return read_for(span, place),
        Fault::Receivers(manner) => receiver.be(manner),
        Fault::Backup => {
            let address = Address { at: server.address.clone(), token: operator.to_owned() };
            let begun = Caller::new(&address).ask("POST", "/api/backups", Some(&json!({})), "");
            assert!(!matches!(begun, Heard::Refused(400..500, _)), "{begun:?}");
            // Not to its end.
            return thread::sleep(span.mul_f64(0.1));
        }
    }
    thread::sleep(span);
    control.heal();
    place.set_clock_right();
    receiver.be(Receivers::Well);
}

/// Another program that reads, and does not end.
pub fn reader(place: &Place) -> Connection {
    let conn = Connection::open_with_flags(place.database(), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let conn = conn.expect("the file opens");
    conn.busy_timeout(Duration::from_secs(20)).expect("an option");
    conn
}

fn read_for(span: Duration, place: &Place) {
    let conn = reader(place);
    conn.execute_batch("BEGIN; SELECT count(*) FROM requests_all;").expect("it reads");
    thread::sleep(span);
    conn.execute_batch("COMMIT").expect("it ends");
}
