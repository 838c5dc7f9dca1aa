//! The house as `src/lib.rs` draws it: imports point right, and each room holds what belongs there.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from left to right. `cli` may use `server`; nothing may use `cli` or `main`.
const LAYERS: &[&str] = &["main", "cli", "server", "addons", "http", "kernel", "base"];

/// What an addon's folder may hold.
const ADDON_PARTS: &[&str] = &["mod.rs", "model.rs", "store.rs", "routes.rs", "jobs.rs", "events.rs", "sql"];

#[test]
fn the_sources_keep_to_the_house() {
    let files = sources();
    assert!(files.len() > 50, "the sources lie elsewhere: {} found", files.len());
    let broken: Vec<_> = files.iter().flat_map(|(path, text)| broken_in(path, text)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_room_is_in_the_drawing() {
    for room in fs::read_dir("src").expect("the sources").map(|entry| entry.expect("an entry").path()) {
        let name = room.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        assert!(name == "lib" || place(name).is_some(), "{} is in no layer", room.display());
    }
}

#[test]
fn an_addon_holds_the_parts_that_every_addon_has() {
    for addon in fs::read_dir("src/addons").expect("the addons").map(|entry| entry.expect("an entry").path())
    {
        if !addon.is_dir() {
            continue;
        }
        for part in fs::read_dir(&addon).expect("an addon").map(|entry| entry.expect("an entry").file_name())
        {
            assert!(
                ADDON_PARTS.iter().any(|known| part == *known),
                "{} in {}",
                part.display(),
                addon.display()
            );
        }
    }
}

/// Every way in which a file breaks the rules, as a sentence.
fn broken_in(path: &str, text: &str) -> Vec<String> {
    let room = Room::of(path);
    let mut broken = Vec::new();
    for (number, line) in code_lines(text) {
        let complaints = [
            room.points_left(line),
            room.reaches_a_neighbour(line),
            room.knows_http(line),
            room.knows_the_engine(line),
            room.speaks_for_the_system(line),
            room.makes_a_statement(line),
            room.calls_out(line),
        ];
        broken.extend(
            complaints.into_iter().flatten().map(|why| format!("{path}:{number} {why}: {}", line.trim())),
        );
    }
    broken
}

/// Where a file lies.
struct Room<'p> {
    path: &'p str,
    layer: &'p str,
}

impl<'p> Room<'p> {
    fn of(path: &'p str) -> Self {
        let inside = path.strip_prefix("src/").expect("a source file");
        let layer = inside.split('/').next().expect("a first part").trim_end_matches(".rs");
        Self { path, layer }
    }

    fn is_within(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    fn addon(&self) -> Option<&str> {
        self.path.strip_prefix("src/addons/")?.split_once('/').map(|(addon, _)| addon)
    }

    fn points_left(&self, line: &str) -> Option<String> {
        let here = place(self.layer)?;
        let is_left = |layer: &&str| place(layer).is_some_and(|there| there < here);
        let layer = named_after(line, &["crate::", "steading::"]).find(is_left)?;
        Some(format!("{} uses {layer}, which lies to its left", self.layer))
    }

    fn reaches_a_neighbour(&self, line: &str) -> Option<String> {
        let own = self.addon()?;
        let ways: &[&str] = match self.path.ends_with("/mod.rs") {
            true => &["addons::", "super::"],
            false => &["addons::", "super::super::"],
        };
        let is_other = |name: &&str| *name != own && Path::new("src/addons").join(name).is_dir();
        named_after(line, ways).find(is_other).map(|other| format!("the addon {own} uses the addon {other}"))
    }

    fn knows_http(&self, line: &str) -> Option<String> {
        let is_below = self.is_within(&["src/kernel/", "src/base/"]);
        (is_below && has_word(line, "actix")).then(|| format!("{} names actix", self.layer))
    }

    fn knows_the_engine(&self, line: &str) -> Option<String> {
        let named =
            ["rusqlite", "refinery", "libsqlite3_sys"].into_iter().find(|name| has_word(line, name))?;
        (!self.is_within(&["src/base/db/"])).then(|| format!("{named} outside base/db"))
    }

    fn speaks_for_the_system(&self, line: &str) -> Option<String> {
        let named =
            [".system()", "SystemRead", "SystemWrite"].into_iter().find(|name| line.contains(name))?;
        (!self.is_within(&["src/kernel/", "src/base/db/"])).then(|| format!("{named} outside the kernel"))
    }

    /// Whoever calls others does so through the guarded client. The command line calls its own server.
    fn calls_out(&self, line: &str) -> Option<String> {
        let is_bound = self.is_within(&["src/base/", "src/kernel/", "src/http/", "src/addons/"])
            && !self.is_within(&["src/kernel/outbound/"]);
        let named = ["hyper", "hyper_util", "reqwest", "TcpStream", "UdpSocket", "lookup_host"]
            .into_iter()
            .find(|name| has_word(line, name))?;
        is_bound.then(|| format!("{named} outside kernel/outbound"))
    }

    /// Only `sql!` writes the mark that keeps the kernel's statements out of tenants' hands.
    fn makes_a_statement(&self, line: &str) -> Option<String> {
        (has_word(line, "Sql::new") && self.path != "src/base/db/sql.rs")
            .then(|| "a statement without sql!".to_owned())
    }
}

fn place(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

/// The first names of the paths in this line that begin with one of these: of
/// `use crate::{base::Id, http}` with `crate::`, they are `base` and `http`.
fn named_after<'l>(line: &'l str, beginnings: &[&str]) -> std::vec::IntoIter<&'l str> {
    let mut names = Vec::new();
    for beginning in beginnings {
        for (at, _) in line.match_indices(beginning) {
            let rest = &line[at + beginning.len()..];
            match rest.strip_prefix('{') {
                Some(group) => names.extend(members(group)),
                None => names.extend(first_word(rest)),
            }
        }
    }
    names.into_iter()
}

/// The first name of each member of a group of imports, groups within it left aside.
fn members(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut is_start = true;
    for (at, letter) in group.char_indices() {
        if is_start && depth == 0 && !letter.is_whitespace() {
            names.extend(first_word(&group[at..]));
            is_start = false;
        }
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' => is_start = true,
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> Option<&str> {
    text.split(|letter: char| !is_of_name(letter)).next().filter(|word| !word.is_empty())
}

/// Whether the name stands in the line, and not as the end of another.
fn has_word(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| !line[..at].ends_with(is_of_name))
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The lines of code with their numbers: no comments, and each import as one line.
fn code_lines(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut from = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let rest = &text[from..];
        from += line.len();
        let start = line.trim_start();
        if start.starts_with("//") {
            continue;
        }
        let is_import =
            start.starts_with("use ") || start.starts_with("pub use ") || start.starts_with("pub(");
        let end =
            if is_import && line.contains("::{") && !line.contains(';') { rest.find(';') } else { None };
        lines.push((number, end.map_or(line, |end| &rest[..=end])));
    }
    lines
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(Path::new("src"), &mut found);
    found.into_iter().map(|path| (path.to_str().expect("UTF-8").to_owned(), read(&path))).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a source file")
}

mod the_check_itself {
    use super::broken_in;

    #[track_caller]
    fn refuses(path: &str, text: &str, because: &str) {
        let broken = broken_in(path, text);
        assert!(broken.iter().any(|why| why.contains(because)), "{path} may say {text:?}: {broken:?}");
    }

    #[track_caller]
    fn accepts(path: &str, text: &str) {
        let broken = broken_in(path, text);
        assert!(broken.is_empty(), "{broken:?}");
    }

    #[test]
    fn an_import_that_points_left_is_found() {
        refuses("src/base/id.rs", "use crate::kernel::Kernel;\n", "left");
        refuses("src/kernel/mod.rs", "use crate::http::App;\n", "left");
        refuses("src/http/app.rs", "    let x = crate::addons::table();\n", "left");
        refuses("src/server/mod.rs", "use crate::cli;\n", "left");
        refuses("src/addons/mod.rs", "use crate::server::start;\n", "left");
        refuses("src/addons/mod.rs", "pub(crate) use crate::{base::Id, server};\n", "left");
        refuses("src/kernel/mod.rs", "use crate::{\n    base::{Id, db},\n    http::App,\n};\n", "left");
    }

    #[test]
    fn an_addon_that_reaches_another_is_found() {
        refuses(
            "src/addons/accounts/mod.rs",
            "use crate::addons::requests::Request;\n",
            "the addon requests",
        );
        refuses("src/addons/accounts/mod.rs", "use super::requests::store;\n", "the addon requests");
        refuses(
            "src/addons/accounts/routes.rs",
            "    super::super::tenants::store::all();\n",
            "the addon tenants",
        );
        refuses(
            "src/addons/accounts/model.rs",
            "use crate::{\n    addons::tenants,\n};\n",
            "the addon tenants",
        );
        accepts("src/addons/accounts/mod.rs", "use crate::addons::Addon;\nuse super::Addon;\n");
        accepts("src/addons/accounts/routes.rs", "use super::model;\nuse crate::addons::accounts::model;\n");
    }

    #[test]
    fn the_web_framework_below_http_is_found() {
        refuses("src/kernel/mod.rs", "use actix_web::web;\n", "actix");
        refuses("src/base/clock.rs", "    actix_web::rt::spawn(tick());\n", "actix");
        accepts("src/http/mod.rs", "use actix_web::web;\n");
    }

    #[test]
    fn the_engine_outside_the_store_is_found() {
        refuses("src/base/id.rs", "impl rusqlite::ToSql for Id {}\n", "rusqlite");
        refuses("src/kernel/mod.rs", "use refinery::Runner;\n", "refinery");
        accepts("src/base/db/tx.rs", "use rusqlite::Connection;\n");
    }

    #[test]
    fn the_systems_voice_outside_the_kernel_is_found() {
        refuses("src/addons/tenants/routes.rs", "    app.db.system().read(all)\n", ".system()");
        refuses("src/addons/tenants/routes.rs", "    app\n        .db\n        .system()\n", ".system()");
        refuses("src/http/who.rs", "fn find(tx: &SystemRead<'_>) {}\n", "SystemRead");
        accepts("src/kernel/mod.rs", "    self.db.system().read(all)\n");
    }

    #[test]
    fn a_call_out_past_the_guarded_client_is_found() {
        refuses("src/kernel/mod.rs", "use hyper_util::client::legacy::Client;\n", "outside kernel/outbound");
        refuses("src/addons/requests/mod.rs", "    reqwest::get(url)\n", "outside kernel/outbound");
        refuses("src/http/who.rs", "use tokio::net::{TcpListener, TcpStream};\n", "outside kernel/outbound");
        accepts("src/kernel/outbound/connect.rs", "use tokio::net::TcpStream;\n");
        accepts("src/cli/client.rs", "use reqwest::Method;\n");
    }

    #[test]
    fn a_statement_without_its_mark_is_found() {
        refuses("src/kernel/mod.rs", "static ALL: Sql = Sql::new(\"all\", ALL, ALL);\n", "sql!");
    }

    #[test]
    fn an_import_that_points_right_is_accepted() {
        accepts("src/cli/serve.rs", "use crate::server;\nuse crate::{addons, base::Error};\n");
        accepts("src/addons/mod.rs", "use crate::http::{Route, Table};\nuse crate::kernel::Who;\n");
        accepts("src/base/db/tx.rs", "use crate::base::{Error, Result};\n// crate::kernel stands above.\n");
        accepts("src/main.rs", "fn main() {\n    steading::cli::run()\n}\n");
    }
}
