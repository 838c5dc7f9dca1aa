//! One data directory and the binary that serves it, under the shim.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::control::{Control, Field};
use crate::receiver::Receiver;
use crate::wire::PATIENCE;

pub struct Place {
    root: PathBuf,
    data: PathBuf,
    pub control: Control,
    /// What the clock on the wall is ahead, when nothing is wrong with it.
    clock: i64,
    options: Vec<(String, String)>,
    wrapper: Vec<String>,
}

impl Place {
    /// `wrapper` is a command in front of the server's, such as one that ties it to a processor.
    pub fn new(root: &Path, receiver: &Receiver, wrapper: &[String]) -> Self {
        let root = root.canonicalize().expect("a directory");
        let data = root.join("data");
        let control = Control::new(&root.join("control"));
        let options = [
            ("SERVER__WORKERS", "2"),
            ("SERVER__GRACE", "5s"),
            ("OUTBOUND__ALLOW", &receiver.address.to_string()),
            // The clock goes days ahead, and what is kept for days must be there in the end.
            ("JOBS__KEEP_DONE", "3650d"),
            ("JOBS__KEEP_DEAD", "3650d"),
            ("EVENTS__KEEP", "3650d"),
            ("EVENTS__KEEP_DEAD", "3650d"),
            ("IDENTITY__SESSION_LIFETIME", "365d"),
            ("LOG__LEVEL", "warn"),
        ];
        let options = options
            .map(|(name, value)| (format!("STEADING__{name}"), value.to_owned()))
            .into_iter()
            .collect();
        Self { root, data, control, clock: 0, options, wrapper: wrapper.to_vec() }
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("steading.db")
    }

    /// How the binary was built, as far as its place tells.
    pub fn build() -> &'static str {
        if Self::binary().iter().any(|part| part == "release") { "release" } else { "debug" }
    }

    fn binary() -> PathBuf {
        std::env::var_os("STEADING_BINARY")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_steading")), PathBuf::from)
    }

    /// A command on the data while nobody serves it, without the shim.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(Self::binary());
        self.prepare(&mut command);
        command.args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// The same under the shim.
    pub fn run_under(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(Self::binary());
        self.prepare(&mut command);
        self.control.govern(&mut command, &self.data);
        command.args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// What a command that must go well printed.
    pub fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.root).env_clear().env("STEADING__SERVER__DATA", &self.data);
        command.envs(self.options.iter().map(|(name, value)| (name, value)));
    }

    /// Serves. Nothing when it ends before it does, as when the power is cut.
    pub fn start(&self) -> Option<Server> {
        let mut command = match self.wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(Self::binary());
                command
            }
            None => Command::new(Self::binary()),
        };
        self.prepare(&mut command);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        self.control.govern(&mut command, &self.data);
        let log = OpenOptions::new().create(true).append(true).open(self.root.join("server.log"));
        command.args(["serve", "--json", "--listen", "127.0.0.1:0"]);
        let child = command.stdout(Stdio::piped()).stderr(log.expect("a file for the log")).spawn();
        let mut child = child.expect("the binary starts");
        let (sender, banner) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        thread::spawn(move || {
            let mut text = String::new();
            for line in lines.map_while(Result::ok) {
                text.push_str(&line);
                if let Ok(value) = serde_json::from_str::<Value>(&text) {
                    let url = value["url"].as_str().unwrap_or_default();
                    return sender.send(url.trim_start_matches("http://").to_owned());
                }
            }
            Ok(())
        });
        match banner.recv_timeout(PATIENCE) {
            Ok(address) => Some(Server { child, address }),
            Err(_) => {
                let _ = child.kill();
                child.wait().expect("it ends");
                None
            }
        }
    }

    /// What is in memory alone is gone, and what the shim had put by for a cut is.
    pub fn lose_memory(&self) {
        if self.control.get(Field::HasCut) == 1 {
            for name in ["steading.db-shm", "telemetry.db-shm"] {
                let _ = fs::remove_file(self.data.join(name));
            }
            self.control.set(Field::HasCut, 0);
        }
        let _ = fs::remove_dir_all(self.root.join("data.graves"));
    }

    /// The clock is off by so much besides, until it is set right.
    pub fn misset_clock(&self, millis: i64) {
        self.control.set_clock(self.clock + millis);
    }

    pub fn set_clock_right(&self) {
        self.control.set_clock(self.clock);
    }

    pub fn wait_on_the_clock(&mut self, span: Duration) {
        self.clock += i64::try_from(span.as_millis()).expect("a short while");
        self.set_clock_right();
    }

    /// The last lines that servers wrote.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.root.join("server.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// A process that is killed when its test ends before it does.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    pub fn signal(&self, signal: Signal) {
        // It may have ended already.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ended within this time.
    pub fn ends_within(&mut self, span: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < span {
            if self.child.try_wait().expect("it can be asked").is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.child.wait().expect("it ends");
    }

    /// Kilobytes of memory that it has now, and had at most.
    pub fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
