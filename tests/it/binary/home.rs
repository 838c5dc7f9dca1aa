//! A place to run the binary in: a directory, commands, and a server on a free port.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

pub const BINARY: &str = env!("CARGO_BIN_EXE_steading");

/// Far longer than anything here takes: when it is over, something hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Home {
    dir: TempDir,
    data: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Fails unless the command ended with this exit code, and shows what it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// The one line in which a command says why it failed.
    #[track_caller]
    pub fn line(&self) -> &str {
        let mut lines = self.err.lines();
        let line = lines.next().unwrap_or_else(|| panic!("no line: {self:?}"));
        assert_eq!(lines.next(), None, "one line: {self:?}");
        line
    }
}

/// Runs a command to its end. One that does not come to it is killed.
pub fn said(command: &mut Command) -> Said {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the binary runs");
    let (pid, (ending, ended)) = (Pid::from_child(&child), mpsc::channel());
    let waiting = thread::spawn(move || {
        let output = child.wait_with_output();
        // Nobody may listen any more.
        let _ = ending.send(());
        output
    });
    if ended.recv_timeout(PATIENCE).is_err() {
        kill_process(pid, Signal::KILL).expect("the process is there");
        let said = waiting.join().expect("it was killed").map(Said::from);
        panic!("{command:?} does not end: {said:?}");
    }
    waiting.join().expect("it ended").expect("its output is read").into()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Home {
    pub fn new() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let data = dir.path().join("data");
        Self { dir, data }
    }

    /// The same, with the data somewhere else.
    pub fn with_data(data: &Path) -> Self {
        Self { data: data.to_owned(), ..Self::new() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("steading.db")
    }

    /// The binary in this home, with nothing of the environment but what the test gives it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.path()).env_clear().env("STEADING__SERVER__DATA", &self.data);
        command.env("STEADING__LOG__LEVEL", "warn").args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Serves with these options of the environment besides.
    pub fn serve_with(&self, options: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["serve", "--json", "--listen", "127.0.0.1:0"]);
        self.start(command.env("STEADING__SERVER__WORKERS", "2").envs(options.iter().copied()))
    }

    /// Starts a server in some other way. Its log lies in the home.
    pub fn start(&self, command: &mut Command) -> Server {
        let log = self.path().join("server.log");
        let file = OpenOptions::new().create(true).append(true).open(&log).expect("a file for the log");
        Server::start(command.stderr(file), log)
    }

    /// An account, a tenant `acme` of its own and a token for it, made at the command line.
    pub fn furnish(&self) -> String {
        self.furnish_with(&[])
    }

    /// The same with these options of the environment.
    pub fn furnish_with(&self, options: &[(&str, &str)]) -> String {
        let run = |arguments: &[&str]| said(self.command(arguments).envs(options.iter().copied())).expect(0);
        run(&["account", "create", "--email", "ada@acme.example", "--owner"]);
        run(&["tenant", "create", "acme"]);
        let made = run(&["token", "create", "--account", "ada@acme.example", "--tenant", "acme"]);
        made.out.trim().to_owned()
    }
}

/// A server that is killed when its test ends before it does.
pub struct Server {
    child: Child,
    log: PathBuf,
    pub url: String,
}

impl Server {
    /// Starts it and waits for the banner that says where it listens.
    fn start(command: &mut Command, log: PathBuf) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut banner = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = loop {
            let line = lines.next().unwrap_or_else(|| panic!("no banner: {}", text_of(&log)));
            let line = line.expect("a line of text");
            banner.push_str(&line);
            if let Ok(value) = serde_json::from_str::<Value>(&banner) {
                break value["url"].as_str().expect("a url").to_owned();
            }
        };
        Self { child, log, url }
    }

    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        text_of(&self.log)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the log of {}:\n{}", self.url, text_of(&self.log));
        }
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text_of(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_else(|error| format!("no log: {error}"))
}
