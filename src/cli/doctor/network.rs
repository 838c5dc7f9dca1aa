//! The network: whether the address can be had or who has it, whether the running server is ready, and
//! whether the name that people write leads somewhere.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::settings::is_http_url;
use super::{Finding, Patient};

/// How long a name or a server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is read of a server's answer.
const MOST: u64 = 64 * 1024;

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let mut findings = match &patient.holder {
        Some(holder) => vec![ready(holder.pid, holder.address.as_deref())],
        None => vec![address(&patient.config.server.listen)],
    };
    findings.extend(name(&patient.config.server.public_url));
    findings
}

/// What the running server says of itself.
fn ready(pid: u32, address: Option<&str>) -> Finding {
    const ABOUT: &str = "server";
    let Some(address) = address else {
        return Finding::risky(
            ABOUT,
            format!("Process {pid} holds the data directory and serves nothing yet."),
            "It is starting, or a command is at work; look again in a moment.",
        );
    };
    match ask(address, "/readyz") {
        Ok((200, _)) => Finding::fine(ABOUT, format!("Process {pid} is ready.")),
        Ok((_, reply)) => {
            let details = reply["error"]["details"].as_array().into_iter().flatten();
            let said = |detail: &Value, part: &str| detail[part].as_str().unwrap_or("?").to_owned();
            let details: Vec<String> = details
                .map(|detail| format!("{}: {}", said(detail, "path"), said(detail, "message")))
                .collect();
            Finding::wrong(
                ABOUT,
                format!("Process {pid} is not ready. {}", details.join("; ")),
                "docs/operations.md says of each what it means and what to do.",
            )
        }
        Err(error) => Finding::wrong(
            ABOUT,
            format!("Process {pid} should serve at {address}, and does not answer: {error}."),
            "See its log; when it hangs, restart it.",
        ),
    }
}

/// One question over a connection of its own.
fn ask(address: &str, path: &str) -> std::io::Result<(u16, Value)> {
    let socket: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect_timeout(&local(socket), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let status = status.ok_or_else(|| std::io::Error::other("its answer is no HTTP"))?;
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}

fn local(address: SocketAddr) -> SocketAddr {
    match address.ip().is_unspecified() {
        true if address.is_ipv4() => SocketAddr::from(([127, 0, 0, 1], address.port())),
        true => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, address.port())),
        false => address,
    }
}

fn address(listen: &str) -> Finding {
    const ABOUT: &str = "address";
    match TcpListener::bind(listen) {
        Ok(_) => Finding::fine(ABOUT, format!("{listen} is free.")),
        Err(error) => {
            let (says, advice) = match error.kind() {
                ErrorKind::AddrInUse => (
                    format!("{listen} is taken{}.", taken_by(listen)),
                    "Stop that, or choose another address in server.listen.",
                ),
                ErrorKind::PermissionDenied => (
                    format!("{listen} can't be listened on by this user."),
                    "Take a port from 1024 on, or give the right: AmbientCapabilities=CAP_NET_BIND_SERVICE.",
                ),
                ErrorKind::AddrNotAvailable => (
                    format!("This machine has no address for {listen}."),
                    "Write one that `ip address` shows, 127.0.0.1, or 0.0.0.0 for all.",
                ),
                _ => (
                    format!("{listen} can't be listened on: {error}."),
                    "Write an address such as 127.0.0.1:7070.",
                ),
            };
            Finding::wrong(ABOUT, says, advice)
        }
    }
}

/// Who listens there, as far as this user may see.
fn taken_by(listen: &str) -> String {
    let port = listen.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    match port.and_then(holder_of) {
        Some((pid, name)) => format!(" by process {pid} ({name})"),
        None => String::new(),
    }
}

/// The process that listens on a port: its socket is a line of a table, and a link among its open files.
fn holder_of(port: u16) -> Option<(u32, String)> {
    const LISTENS: &str = "0A";
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = std::fs::read_to_string(table).ok()?;
        let is_there = |fields: &Vec<&str>| {
            let own = fields.get(1).and_then(|local| local.rsplit_once(':'));
            own.is_some_and(|(_, own)| u16::from_str_radix(own, 16) == Ok(port))
                && fields.get(3) == Some(&LISTENS)
        };
        let line = text.lines().map(|line| line.split_whitespace().collect()).find(is_there)?;
        line.get(9).map(|inode| format!("socket:[{inode}]"))
    })?;
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let numbered = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let has_it = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        files
            .filter_map(|file| std::fs::read_link(file.path()).ok())
            .any(|target| target.as_os_str() == socket.as_str())
    };
    let pid = numbered.into_iter().find(has_it)?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some((pid, name.trim().to_owned()))
}

fn name(public_url: &str) -> Option<Finding> {
    const ABOUT: &str = "name";
    if !is_http_url(public_url) {
        return None;
    }
    let url = url::Url::parse(public_url).ok()?;
    let (host, port) = (url.host_str()?.to_owned(), url.port_or_known_default()?);
    let (found, waiting) = mpsc::channel();
    let asked = (host.trim_matches(['[', ']']).to_owned(), port);
    // A name server that does not answer takes longer than anybody waits.
    thread::spawn(move || found.send(asked.to_socket_addrs().map(|mut found| found.next())));
    Some(match waiting.recv_timeout(PATIENCE) {
        Ok(Ok(Some(address))) => Finding::fine(ABOUT, format!("{host} leads to {}.", address.ip())),
        Ok(_) => Finding::wrong(
            ABOUT,
            format!("{host}, which server.public_url names, is not found: people can't come."),
            "Make an entry for it where your names are kept, or write another.",
        ),
        Err(_) => Finding::risky(
            ABOUT,
            format!("The name server did not say within {} s where {host} is.", PATIENCE.as_secs()),
            "See whether this machine reaches its name server.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = taken.local_addr().expect("an address").to_string();
        let finding = address(&listen);
        assert!(finding.says.contains(&format!("by process {}", std::process::id())), "{}", finding.says);
    }
}
