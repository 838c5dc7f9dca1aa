//! The example of the academy, run as its README says.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::home::Home;

/// A port that is free at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn the_academy_runs_as_its_readme_says() {
    let home = Home::new();
    let token = home.furnish();
    let (chat, recruiting) = (free_port(), free_port());
    let allow = format!("127.0.0.1:{chat},127.0.0.1:{recruiting}");
    let server = home.serve_with(&[("STEADING__OUTBOUND__ALLOW", &allow)]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/academy/run.sh");
    let run = Command::new("sh")
        .arg(script)
        .env("STEADING_URL", &server.url)
        .env("STEADING_TOKEN", &token)
        .env("STEADING_TENANT", "acme")
        .env("CHAT_PORT", chat.to_string())
        .env("RECRUITING_PORT", recruiting.to_string())
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    for line in [
        "#welcome: hello Ada",
        "#welcome: hello Bob",
        "#graduates: Ada graduated with 91 %",
        "#graduates: Bob graduated with 72 %",
        "recruiting: Ada is a candidate",
        "   delivered to 2 and 2",
        "   Candidate Ada: approved",
        "   Candidate Bob: open",
        "   Ada: candidate",
        "   Bob: candidate",
        "   course.graduated about Ada: delivered",
        "   course.graduated about Bob: delivered",
    ] {
        assert!(said.lines().any(|known| known == line), "{line} is missing:\n{said}");
    }
    assert_eq!(said.matches("Was sent a welcome.").count(), 2, "{said}");
}
