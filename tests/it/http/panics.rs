//! A handler that panics.

use steading::http::{App, Reply, Route, Shown};
use steading::route;

use crate::support::{TestApp, Wire};

static PANICS: Route = route!(GET "/panics", public, panics, "Panics");
static ANSWERS: Route = route!(GET "/answers", public, answers, "Answers");

async fn panics(_: App) -> Reply<Shown<String>> {
    panic!("on purpose")
}

async fn answers(_: App) -> Reply<Shown<String>> {
    Ok(Shown("here".into()))
}

/// There is one thread, so who is answered afterwards is answered by the one that it happened on.
#[actix_web::test]
async fn a_panic_in_a_handler_fails_its_request_alone() {
    let app = TestApp::start_with(|config| config.server.workers = 1).await;
    app.serve_routes(vec![&PANICS, &ANSWERS]);
    let mut wire = Wire::open(&app).await;
    for _ in 0..3 {
        wire.send("GET /panics HTTP/1.1\r\nhost: x\r\n\r\nGET /answers HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let (failed, next) = (wire.reply().await.expect("an answer"), wire.reply().await.expect("an answer"));
        assert_eq!((failed.status, failed.code().as_str()), (500, "INTERNAL_ERROR"));
        assert!(text_of(&failed.body).contains("traceId") && !text_of(&failed.body).contains("on purpose"));
        assert_eq!(next.status, 200);
        assert!(text_of(&next.body).contains("here"), "{next:?}");
    }
    app.nobody().get("/answers").await.expect(200);
}

fn text_of(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
