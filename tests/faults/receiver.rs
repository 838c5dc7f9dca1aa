//! Those who are called by webhooks: on one port, well or not, and every call is written down.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::plan::Receivers;

/// What the receivers know of one message.
#[derive(Debug, Clone)]
pub struct Call {
    /// How often it came.
    pub times: usize,
    /// When it was first answered with a 200, as a number that ascends with each call.
    pub first_answered: Option<usize>,
}

#[derive(Debug, Default)]
struct State {
    manner: Receivers,
    calls: BTreeMap<String, Call>,
    count: usize,
}

/// They are there until this falls.
#[derive(Debug)]
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    is_over: Arc<AtomicBool>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state: Arc<Mutex<State>> = Arc::default();
        let is_over: Arc<AtomicBool> = Arc::default();
        let (of_thread, ends) = (Arc::clone(&state), Arc::clone(&is_over));
        thread::spawn(move || listen(listener, address, &of_thread, &ends));
        Self { address, state, is_over }
    }

    pub fn be(&self, manner: Receivers) {
        state(&self.state).manner = manner;
        // Whoever waits for a call looks again.
        let _ = TcpStream::connect(self.address);
    }

    pub fn call(&self, message: &str) -> Option<Call> {
        state(&self.state).calls.get(message).cloned()
    }

    pub fn calls(&self) -> BTreeMap<String, Call> {
        state(&self.state).calls.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn state(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: TcpListener, address: SocketAddr, shared: &Arc<Mutex<State>>, ends: &AtomicBool) {
    let mut listener = Some(listener);
    while !ends.load(Ordering::Relaxed) {
        if state(shared).manner == Receivers::Gone {
            listener = None;
            thread::sleep(Duration::from_millis(20));
            continue;
        }
        // The port is ours, but another connection may have it as its own end for a moment.
        let Some(open) = listener.take().or_else(|| TcpListener::bind(address).ok()) else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        if let Ok((stream, _)) = open.accept() {
            let shared = Arc::clone(shared);
            thread::spawn(move || serve(&stream, &shared));
        }
        listener = Some(open);
    }
}

/// Answers until the caller goes.
fn serve(stream: &TcpStream, shared: &Mutex<State>) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (path, id) = message(&mut reader)?;
        let (manner, times, number) = {
            let mut state = state(shared);
            state.count += 1;
            let (manner, number) = (state.manner, state.count);
            let call = state.calls.entry(id.clone()).or_insert(Call { times: 0, first_answered: None });
            call.times += 1;
            (manner, call.times, number)
        };
        match manner {
            Receivers::Gone => return None,
            Receivers::Reset => {
                let _ = (&mut &*stream).write_all(b"HTTP/1.1 200 OK\r\nConte");
                return stream.shutdown(Shutdown::Both).ok();
            }
            Receivers::Silent => {
                wait_until_well(shared);
                return None;
            }
            Receivers::Well => {}
        }
        // Of those who are flaky, about every fifth message fails the first two times.
        let is_failing = path == "/flaky" && id.as_bytes().last().is_some_and(|byte| byte % 5 == 0);
        let line = match is_failing && times <= 2 {
            true => "500 Internal Server Error",
            false => {
                if let Some(call) = state(shared).calls.get_mut(&id) {
                    call.first_answered.get_or_insert(number);
                }
                "200 OK"
            }
        };
        write!(&mut &*stream, "HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").ok()?;
    }
}

fn wait_until_well(shared: &Mutex<State>) {
    let begun = Instant::now();
    while state(shared).manner == Receivers::Silent && begun.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(50));
    }
}

/// The path and the message's id.
fn message(reader: &mut BufReader<&TcpStream>) -> Option<(String, String)> {
    let (mut first, mut id, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some(("webhook-id", value)) => id = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), id))
}
