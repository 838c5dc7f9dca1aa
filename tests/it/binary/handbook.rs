//! The handbook: every command in docs/operations.md runs, in its order, as somebody would type it.
//!
//! What stands after `sh` at the head of a block says how it runs:
//!
//! - nothing: to its end, and it must succeed
//! - `serves`: beside all that follows, once the server is ready
//! - `stopped`: after the server that ran has ended, as the text before it says
//! - `elsewhere`: on another machine, as root, with Docker or systemd; only its syntax is looked at

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::home::{BINARY, Home, PATIENCE, Said, said};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");

/// A block of commands, and the line on which it begins.
#[derive(Debug)]
struct Block {
    line: usize,
    manner: String,
    text: String,
}

fn blocks_of(book: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut is_other = false;
    for (number, line) in book.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(_), None) if is_other => is_other = false,
            (Some(head), None) => match head.strip_prefix("sh") {
                Some(manner) if manner.is_empty() || manner.starts_with(' ') => {
                    let manner = manner.trim().to_owned();
                    open = Some(Block { line: number + 2, manner, text: String::new() });
                }
                _ => is_other = true,
            },
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks
}

/// Somebody at a shell, in a directory of his own, where the server listens on a port of its own.
struct Reader {
    home: Home,
    port: u16,
    serving: Option<Child>,
}

impl Reader {
    fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
        Self { home: Home::new(), port: free.port(), serving: None }
    }

    fn shell(&self, text: &str) -> Command {
        let own = Path::new(BINARY).parent().expect("a directory").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let text = text.replace("127.0.0.1:7070", &format!("127.0.0.1:{}", self.port));
        let mut command = Command::new("sh");
        command.args(["-eu", "-c", &text]).current_dir(self.home.path()).env_clear();
        command.env("PATH", format!("{own}:{path}")).env("HOME", self.home.path());
        command.env("STEADING__SERVER__LISTEN", format!("127.0.0.1:{}", self.port));
        // The test's data is small, and so may the disk be on which it lies.
        command.env("STEADING__DATABASE__MIN_FREE", "1 MiB");
        command
    }

    fn run(&self, text: &str) -> Said {
        said(&mut self.shell(text))
    }

    fn serve(&mut self, text: &str) {
        self.stop();
        let log = fs::File::create(self.home.path().join("server.log")).expect("a file");
        let mut command = self.shell(&format!("exec {}", text.trim()));
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("a shell");
        self.serving = Some(child);
        let end = Instant::now() + PATIENCE;
        let url = format!("http://127.0.0.1:{}", self.port);
        while self.run(&format!("steading healthcheck --url {url}")).code != 0 {
            assert!(Instant::now() < end, "the server is not ready");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
            child.wait().expect("it ends");
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn every_command_in_the_handbook_runs() {
    let book = fs::read_to_string(BOOK).expect("the handbook");
    let mut reader = Reader::new();
    let mut ran = 0;
    for block in blocks_of(&book) {
        let place = format!("{BOOK}:{}", block.line);
        let syntax = said(Command::new("sh").args(["-n", "-c", &block.text]));
        assert_eq!(syntax.code, 0, "{place}: {syntax:?}");
        match block.manner.as_str() {
            "elsewhere" => continue,
            "serves" => reader.serve(&block.text),
            manner => {
                assert!(["", "stopped"].contains(&manner), "{place}: nobody knows what `sh {manner}` means");
                if manner == "stopped" {
                    reader.stop();
                }
                let done = reader.run(&block.text);
                assert_eq!(done.code, 0, "{place}:\n{}\n{done:?}", block.text);
            }
        }
        ran += 1;
    }
    assert!(ran >= 8, "only {ran} blocks of the handbook run");
}

#[test]
fn blocks_are_found_with_how_they_run() {
    let blocks = blocks_of("a\n```sh\none\n```\n```toml\ntwo\n```\n```sh elsewhere\nthree\nfour\n```\n");
    let found: Vec<_> = blocks.iter().map(|block| (block.line, &*block.manner, &*block.text)).collect();
    assert_eq!(found, [(3, "", "one\n"), (9, "elsewhere", "three\nfour\n")]);
}
