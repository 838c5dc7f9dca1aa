//! The shim, built once, and the shared memory in which it is told what is to fail.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The fields of `struct control` in shim.c, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "it is the layout of the shared memory")]
pub enum Field {
    Seed,
    IsFull,
    FailingWrite,
    FailingFlush,
    FailingRead,
    FlushMicros,
    ClockMillis,
    CutAtWrite,
    CutAtFlush,
    CutManner,
    Writes,
    Flushes,
    Failed,
    Undone,
    DoneAgain,
    Torn,
    NamesLost,
    HasCut,
}

const FIELDS: u64 = Field::HasCut as u64 + 1;

/// How much of what was not flushed is on the disk after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    SomeOfIt,
    Nothing,
    ABeginning,
}

/// The shim as a library to be loaded before all others.
pub fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&library)
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("a C compiler, which the bundled SQLite needs as well");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        library
    })
}

/// What one process under the shim is told, and tells.
#[derive(Debug)]
pub struct Control {
    file: File,
    path: PathBuf,
}

impl Control {
    pub fn new(path: &Path) -> Self {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path);
        let file = file.expect("a file for the control");
        file.set_len(FIELDS * 8).expect("its size");
        Self { file, path: path.to_owned() }
    }

    /// Has the command run under the shim, which watches the files in `dir`.
    pub fn govern(&self, command: &mut Command, dir: &Path) {
        command.env("LD_PRELOAD", shim()).env("STEADING_SHIM_CONTROL", &self.path);
        command.env("STEADING_SHIM_DIR", dir);
    }

    pub fn set(&self, field: Field, value: u64) {
        self.file.write_all_at(&value.to_ne_bytes(), field as u64 * 8).expect("the control is told");
    }

    pub fn get(&self, field: Field) -> u64 {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, field as u64 * 8).expect("the control tells");
        u64::from_ne_bytes(bytes)
    }

    /// Nothing fails any more. The clock stays where it is.
    pub fn heal(&self) {
        use Field::*;
        for field in [IsFull, FailingWrite, FailingFlush, FailingRead, FlushMicros, CutAtWrite, CutAtFlush] {
            self.set(field, 0);
        }
    }

    /// How far the server's clock is off.
    pub fn set_clock(&self, millis: i64) {
        self.set(Field::ClockMillis, millis.cast_unsigned());
    }

    pub fn cut_as(&self, manner: Manner) {
        self.set(Field::CutManner, manner as u64);
    }
}
