//! Blocks that holders append to hurt: each is refused with the reason, before anything of it runs.

use biscuit_auth::builder::{Check, CheckKind, Predicate, Rule, Scope, Term, pred, string, var};
use biscuit_auth::{Biscuit, BlockBuilder, KeyPair, UnverifiedBiscuit};
use steading::base::Kind;

use crate::support::{TestApp, append, expect_shape, narrow};

async fn app_and_token() -> (TestApp, String) {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    (app, token)
}

/// `verify` knows no request, so what it refuses was not authorized.
#[track_caller]
fn expect_refused(app: &TestApp, token: &str, reason: &str) {
    match app.app.identity.verify(token, app.clock.now()) {
        Ok(_) => panic!("it was let in; it should be refused: {reason}"),
        Err(error) => {
            assert_eq!(error.kind(), Kind::Unauthenticated, "{error}");
            assert!(error.message().contains(reason), "{error} is not about: {reason}");
        }
    }
}

fn times(count: usize, one: impl Fn(usize) -> String, between: &str) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(between)
}

#[actix_web::test]
async fn a_block_holds_a_few_small_checks_and_nothing_else() {
    let (app, token) = app_and_token().await;
    let check = |index: usize| format!("check if operation(\"o{index}\")");
    let query = |index: usize| format!("operation(\"o{index}\")");
    let join = |index: usize| format!("tenant($t{index})");
    let test = |index: usize| format!("$o != \"o{index}\"");
    let key = "ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189";
    for (source, reason) in [
        ("operation(\"tenants:read\")".to_owned(), "checks only"),
        ("operation(\"x\") <- tenant($t)".into(), "checks only"),
        ("check if operation(\"x\") trusting authority".into(), "names a scope"),
        ("check if operation(\"x\") trusting previous".into(), "names a scope"),
        (format!("check if operation(\"x\") trusting {key}"), "names a scope"),
        (times(9, check, ";\n"), "more than 8 checks"),
        (format!("check if {}", times(5, query, " or ")), "more than 4 alternatives"),
        (format!("reject if {}", times(5, query, " or ")), "more than 4 alternatives"),
        ("reject if method(\"POST\") or tenant(\"other\")".into(), "a reject of it has alternatives"),
        (format!("check if {}", times(3, join, ", ")), "more than 2 predicates"),
        (format!("check all {}", times(3, join, ", ")), "more than 2 predicates"),
        (format!("check if operation($o), {}", times(9, test, ", ")), "more than 8 expressions"),
        (format!("check if operation($o), {}", times(9, test, " && ")), "more than 32 steps"),
        (format!("check if 1 == {}", times(40, |_| "1".into(), " + ")), "more than 32 steps"),
        ("check if {1, 2}.all($x -> $x > 0)".into(), "closure"),
        ("check if [1, 2].any($x -> {1, 2}.all($y -> $y > $x))".into(), "closure"),
        ("check if true || {1, 2}.any($x -> $x > 1)".into(), "closure"),
        ("check if false || \"a\".matches(\"b\")".into(), "a regular expression"),
        ("check if operation($o), $o.matches(\"^tenants\")".into(), "a regular expression"),
        ("reject if !\"a\".matches(\"b\")".into(), "a regular expression"),
    ] {
        expect_refused(&app, &narrow(&token, &source), reason);
    }
    let reply = app.nobody().with_token(&narrow(&token, &times(9, check, ";\n"))).get("/api/tenants").await;
    expect_shape(&reply);
    assert_eq!(
        reply.expect(401).message(),
        "This token can't be used: a block of it has more than 8 checks."
    );
}

#[actix_web::test]
async fn the_bounds_themselves_are_allowed() {
    let (app, token) = app_and_token().await;
    let test = |index: usize| format!("$o != \"o{index}\"");
    let check = |_| "check if operation(\"tenants:read\")".to_owned();
    for source in [
        times(8, check, ";\n"),
        "check if operation(\"a\") or operation(\"b\") or operation(\"c\") or operation(\"tenants:read\")"
            .into(),
        "check if operation(\"tenants:read\"), method(\"GET\")".into(),
        format!("check if operation($o), {}", times(8, test, ", ")),
        format!("check if 15 == {}", times(15, |_| "1".into(), " + ")),
    ] {
        app.nobody().with_token(&narrow(&token, &source)).get("/api/tenants").await.expect(200);
    }
    let mut longer = token;
    for _ in 0..4 {
        longer = narrow(&longer, "check if operation(\"tenants:read\")");
    }
    app.nobody().with_token(&longer).get("/api/tenants").await.expect(200);
    expect_refused(&app, &narrow(&longer, "check if operation(\"tenants:read\")"), "more than 5 blocks");
}

#[actix_web::test]
async fn the_bombs_that_were_measured_are_refused_by_their_form() {
    let (app, token) = app_and_token().await;
    let join = |index: usize| format!("operation($o{index})");
    let fact = |index: usize| format!("n({index})");
    let joins = |count: usize| times(count, |index| format!("n($n{index})"), ", ");
    for count in [6, 8, 10] {
        let bomb = narrow(&token, &format!("check if {}, 1 == 2", times(count, join, ", ")));
        expect_refused(&app, &bomb, "more than 2 predicates");
    }
    let facts = format!("{};\ncheck if {}, 1 == 2", times(100, fact, ";\n"), joins(3));
    expect_refused(&app, &narrow(&token, &facts), "checks only");
    let rule = format!("{};\nm($n0, $n1, $n2) <- {}", times(100, fact, ";\n"), joins(3));
    expect_refused(&app, &narrow(&token, &rule), "checks only");
    let set = times(40, |index| index.to_string(), ", ");
    let nested =
        (0..4).fold("1 == 2".to_owned(), |inner, depth| format!("{{{set}}}.any($x{depth} -> {inner})"));
    let nested = narrow(&token, &format!("check if {nested}"));
    expect_refused(&app, &nested, "closure");
    app.nobody().with_token(&nested).get("/api/tenants").await.expect(401);
}

#[actix_web::test]
async fn blocks_are_counted_before_any_signature_is_verified() {
    let (app, _) = app_and_token().await;
    let block = || BlockBuilder::new().code("check if true").expect("a block");
    let unknown = KeyPair::new();
    let mut foreign = Biscuit::builder().build(&unknown).expect("a token");
    for _ in 0..15 {
        foreign = foreign.append(block()).expect("it is appended");
    }
    expect_refused(&app, &foreign.to_base64().expect("base64"), "more than 5 blocks");
}

#[actix_web::test]
async fn a_block_that_prints_as_another_is_counted_as_it_is() {
    let (app, token) = app_and_token().await;
    // Printed, the joins between the first and the last predicate are the inside of a string.
    let mut body: Vec<Predicate> = vec![pred("operation(\"", &[] as &[Term])];
    body.extend((0..20).map(|index| pred("tenant", &[var(&format!("t{index}"))])));
    body.push(pred("\"), time", &[var("now")]));
    let block = BlockBuilder::new().check(check_of(body)).expect("a block");
    let bomb = append(&token, block);
    let printed =
        UnverifiedBiscuit::from_base64(&bomb).expect("a token").print_block_source(1).expect("text");
    let read_again = BlockBuilder::new().code(&printed).expect("it reads as a block");
    assert_eq!(read_again.checks[0].queries[0].body.len(), 2, "it looks harmless: {printed}");
    expect_refused(&app, &bomb, "more than 2 predicates");
}

#[actix_web::test]
async fn a_block_that_trusts_others_is_refused() {
    let (app, token) = app_and_token().await;
    for scope in [Scope::Authority, Scope::Previous, Scope::PublicKey(KeyPair::new().public())] {
        let block = BlockBuilder::new().code("check if operation(\"tenants:read\")").expect("a block");
        expect_refused(&app, &append(&token, block.scope(scope)), "checks only");
    }
}

#[actix_web::test]
async fn a_third_partys_block_is_refused() {
    let (app, token) = app_and_token().await;
    let held = UnverifiedBiscuit::from_base64(&token).expect("a token");
    let request = held.third_party_request().expect("a request");
    let block = BlockBuilder::new().code("check if operation(\"tenants:read\")").expect("a block");
    let signed = request.create_block(&KeyPair::new().private(), block).expect("a signed block");
    let held = held.append_third_party(&signed.serialize().expect("bytes")).expect("it is appended");
    expect_refused(&app, &held.to_base64().expect("base64"), "a third party's block");
}

fn check_of(body: Vec<Predicate>) -> Check {
    let head = pred("query", &[string("")]);
    Check { queries: vec![Rule::new(head, body, Vec::new(), Vec::new())], kind: CheckKind::One }
}
