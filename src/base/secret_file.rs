//! A secret in a file of its own, for its owner only: there whole or not at all, whenever the power goes.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the name of a file ends in that is not whole yet.
const UNFINISHED: &str = "new";

/// Writes a line into a file that must not be there yet. When this returns it is on the disk, name and all.
pub fn write(path: &Path, line: &str) -> io::Result<()> {
    if path.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let unfinished = path.with_added_extension(UNFINISHED);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{line}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether a file of such a folder is one that was begun and never became whole.
pub fn is_unfinished(path: &Path) -> bool {
    path.extension() == Some(OsStr::new(UNFINISHED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_once_and_what_was_begun_before_is_in_nobodys_way() {
        let dir = tempfile::TempDir::new().expect("a temporary directory");
        let path = dir.path().join("1.key");
        fs::write(path.with_added_extension(UNFINISHED), "hal").expect("an earlier try");
        write(&path, "whole").expect("it is written");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "whole\n");
        assert_eq!(fs::read_dir(dir.path()).expect("the folder").count(), 1);
        let again = write(&path, "other").expect_err("it is there");
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "whole\n");
    }
}
