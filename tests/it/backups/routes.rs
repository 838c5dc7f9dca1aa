//! Backups over HTTP.

use serde_json::json;

use super::{verified, workplace};
use crate::support::{Caller, TestApp};

async fn backed_up(app: &TestApp, root: &Caller) -> String {
    root.post("/api/backups", json!({})).await.expect(202);
    app.run_jobs().await;
    let listed = root.get("/api/backups").await.expect(200).data();
    listed["backups"][0]["name"].as_str().expect("a name").to_owned()
}

#[actix_web::test]
async fn a_backup_is_shown_downloaded_as_it_is_and_deleted() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let name = backed_up(&app, &root).await;
    let path = format!("/api/backups/{name}");
    let shown = root.get(&path).await.expect(200).data();
    assert_eq!((&shown["contents"]["kind"], &shown["problem"]), (&json!("instance"), &json!(null)));

    let request = root.request(reqwest::Method::GET, &format!("{path}/download"));
    let response = request.send().await.expect("it answers");
    assert_eq!(response.headers()["content-length"], shown["bytes"].to_string().as_str());
    let bytes = response.bytes().await.expect("all of it");
    let file = workplace(app.dir.path()).data.backups().join(&name);
    assert_eq!(bytes, std::fs::read(&file).expect("the file"));

    root.delete(&path).await.expect(200);
    root.get(&path).await.expect(404);
    assert!(!file.exists());
    let audit = root.in_tenant("instance").get("/api/audit?action=backup.*").await.expect(200).data();
    let actions: Vec<&str> =
        audit.as_array().expect("a list").iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["backup.deleted", "backup.downloaded", "backup.asked_for"]);
}

#[actix_web::test]
async fn a_backup_is_verified_and_tried_out_by_jobs() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let name = backed_up(&app, &root).await;
    for act in ["verify", "drill"] {
        root.post(&format!("/api/backups/{name}/{act}"), json!({})).await.expect(202);
        app.run_jobs().await;
        let run = root.get("/api/backups").await.expect(200).data()["runs"][0].clone();
        assert_eq!(
            (&run["jobName"], &run["state"]),
            (&json!(format!("backups.{act}")), &json!("done")),
            "{run}"
        );
    }
}

#[actix_web::test]
async fn damage_is_a_job_that_failed_and_an_event() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let name = backed_up(&app, &root).await;
    let file = workplace(app.dir.path()).data.backups().join(&name);
    let mut bytes = std::fs::read(&file).expect("the backup");
    bytes[1_000] ^= 1;
    std::fs::write(&file, bytes).expect("the damage");
    assert_eq!(verified(&file).problems.len(), 1);
    for act in ["verify", "drill"] {
        root.post(&format!("/api/backups/{name}/{act}"), json!({})).await.expect(202);
        app.run_jobs().await;
        let run = root.get("/api/backups").await.expect(200).data()["runs"][0].clone();
        assert_eq!(run["state"], json!("dead"), "{run}");
        assert!(run["error"].as_str().is_some_and(|error| error.contains("between the bytes")), "{run}");
    }
    let told = root.in_tenant("instance").get("/api/events?type=backup.damaged").await.expect(200).data();
    assert_eq!(told.as_array().map(Vec::len), Some(2));
}

#[actix_web::test]
async fn a_name_leads_nowhere_else() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    for name in
        ["..%2Fsteading.db", "steading-..%2F..%2Fkeys%2F1.tar", "steading-gone.tar", ".unfinished-x.tar"]
    {
        for path in [format!("/api/backups/{name}"), format!("/api/backups/{name}/download")] {
            root.get(&path).await.expect(404);
        }
    }
}

#[actix_web::test]
async fn who_may_see_backups_may_not_have_them() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let name = backed_up(&app, &root).await;
    let reader = app
        .nobody()
        .with_token(&crate::support::narrow(root.token(), "check if operation(\"backups:read\")"));
    reader.get("/api/backups").await.expect(200);
    reader.get(&format!("/api/backups/{name}/download")).await.expect(403);
    reader.post("/api/backups", json!({})).await.expect(403);
}
