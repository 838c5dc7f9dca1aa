//! `service`: a systemd unit for this configuration, with no more rights than serving needs, and the
//! three commands that install it.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::{Common, Service};
use super::configuration;
use super::output::Output;
use crate::base::config::Config;
use crate::base::{Error, Kind, Result};

/// Where systemd makes and keeps directories of services.
const STATE: &str = "/var/lib";

pub fn service(common: &Common, arguments: Service, output: &Output) -> Result<()> {
    let config = configuration(common)?;
    let user = checked_user(arguments.user)?;
    let binary = match arguments.binary {
        Some(binary) => absolute(&binary)?,
        None => std::env::current_exe().map_err(Error::internal)?,
    };
    let data = absolute(&config.server.data)?;
    let file = common.config.as_deref().map(absolute).transpose()?;
    let unit = unit(&config, &user, &binary, &data, file.as_deref())?;
    let install = install(&user, &binary, &data, file.as_deref())?;
    output.show(&json!({ "unit": unit, "install": install }), || {
        let commands: String = install.iter().map(|command| format!("#   {command}\n")).collect();
        format!("# To install it:\n{commands}#\n{}", unit.trim_end())
    });
    Ok(())
}

fn unit(config: &Config, user: &str, binary: &Path, data: &Path, file: Option<&Path>) -> Result<String> {
    let mut command = vec![quoted(binary)?, "serve".into()];
    if let Some(file) = file {
        command.extend(["--config".into(), quoted(file)?]);
    }
    command.extend(["--data".into(), quoted(data)?]);
    let (command, place) = (command.join(" "), place(data)?);
    let grace = std::time::Duration::from(config.server.grace).as_secs() + 20;
    let right = match port(&config.server.listen) {
        Some(1..=1023) => "CAP_NET_BIND_SERVICE",
        _ => "",
    };
    let ambient = if right.is_empty() { String::new() } else { format!("AmbientCapabilities={right}\n") };
    let home = if data.starts_with("/home") || data.starts_with("/root") { "read-only" } else { "true" };
    Ok(format!(
        "[Unit]
Description=Steading
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
Type=notify
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
User={user}
Group={user}
{place}UMask=0077
Restart=on-failure
RestartSec=2
WatchdogSec=60
TimeoutStartSec=infinity
TimeoutStopSec={grace}
LimitNOFILE=65536

# It writes its data and nothing else, and has no rights but to serve.
NoNewPrivileges=true
CapabilityBoundingSet={right}
{ambient}ProtectSystem=strict
ProtectHome={home}
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
MemoryDenyWriteExecute=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=setpriority
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"
    ))
}

/// Systemd makes what lies directly in its own place; anything else must be there.
fn place(data: &Path) -> Result<String> {
    let name = data.strip_prefix(STATE).ok().filter(|rest| rest.components().count() == 1);
    Ok(match name {
        Some(name) => format!("StateDirectory={}\nStateDirectoryMode=0700\n", quoted(name)?),
        None => format!("ReadWritePaths={}\n", quoted(data)?),
    })
}

fn install(user: &str, binary: &Path, data: &Path, file: Option<&Path>) -> Result<Vec<String>> {
    let shell = |path: &Path| -> Result<String> {
        let text = checked(path)?;
        let is_plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+".contains(letter));
        Ok(if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) })
    };
    let config = match file {
        Some(file) => format!(" --config {}", shell(file)?),
        None => String::new(),
    };
    let (binary, place) = (shell(binary)?, shell(data)?);
    Ok(vec![
        format!(
            "id {user} || sudo useradd --system --shell /usr/sbin/nologin {user}; \
             sudo install -d -o {user} -g {user} -m 0700 {place}"
        ),
        format!(
            "{binary} service{config} --data {place} --user {user} --binary {binary} \
             | sudo tee /etc/systemd/system/steading.service"
        ),
        "sudo systemctl daemon-reload && sudo systemctl enable --now steading".into(),
    ])
}

fn port(listen: &str) -> Option<u16> {
    listen.rsplit_once(':')?.1.parse().ok()
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::internal)
}

/// As a word of a unit: spaces stay within it, and nothing in it is a specifier.
fn quoted(path: &Path) -> Result<String> {
    let text = checked(path)?;
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%");
    let is_plain = escaped == text && !text.contains([' ', '\'', ';']);
    Ok(if is_plain { escaped } else { format!("\"{escaped}\"") })
}

fn checked(path: &Path) -> Result<&str> {
    path.to_str()
        .filter(|text| !text.contains(|letter: char| letter.is_control() || letter == '$'))
        .ok_or_else(|| {
            let message =
                format!("{} can't stand in a unit; choose a path of plain letters.", path.display());
            Error::new(Kind::ValidationFailed, message)
        })
}

fn checked_user(user: String) -> Result<String> {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    match !user.is_empty() && user.chars().all(is_fine) && !user.starts_with('-') {
        true => Ok(user),
        false => Err(Error::new(
            Kind::ValidationFailed,
            format!("{user:?} is no name of a user; write letters, digits, - and _."),
        )),
    }
}
