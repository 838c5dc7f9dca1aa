//! Whose turn it is: a tenant whose calls hang holds up itself.

use std::time::Duration;

use futures_util::future::join_all;
use steading::base::db::{Column, Stored, TenantNo};
use steading::kernel::outbound::{Answer, Call, Failure, Outbound};

use super::settings;
use crate::support::{Elsewhere, Said};

const PATIENT: Duration = Duration::from_secs(20);

fn tenant(number: i64) -> TenantNo {
    TenantNo::read(Stored::Int(number)).expect("a number")
}

/// A server where `/hangs` does, and a client that makes four calls at once, one for each tenant.
async fn server_and_client() -> (Elsewhere, Outbound) {
    let server = Elsewhere::http().await;
    server.says("/hangs", Said::Nothing);
    server.answers("/", "x");
    let mut settings = settings(&[&server.destination()]);
    (settings.max_calls, settings.timeout) = (4, "20s".parse().expect("a time"));
    let outbound = Outbound::open(&settings).expect("a client");
    (server, outbound)
}

/// What comes of a call while as many of one tenant hang as may be made at all.
async fn meanwhile(
    outbound: &Outbound,
    (hanging, at): (TenantNo, String),
    (other, call): (TenantNo, Call),
) -> Result<Answer, Failure> {
    let hangs = Call { timeout: Some(PATIENT), ..Call::post(at, "") };
    tokio::select! {
        biased;
        hung = join_all((0..4).map(|_| outbound.send(hanging, hangs.clone()))) => panic!("it ended: {hung:?}"),
        outcome = outbound.send(other, call) => outcome,
    }
}

#[actix_web::test]
async fn a_tenant_whose_calls_hang_leaves_the_others_theirs() {
    let (server, outbound) = server_and_client().await;
    let call = Call::get(server.url("/"));
    let outcome = meanwhile(&outbound, (tenant(2), server.url("/hangs")), (tenant(3), call)).await;
    assert_eq!(outcome.expect("it has its own turns").body, b"x");
}

#[actix_web::test]
async fn who_waits_too_long_is_told_so_and_nobody_was_called() {
    let (server, outbound) = server_and_client().await;
    let call = Call { timeout: Some(Duration::from_millis(20)), ..Call::get(server.url("/")) };
    let outcome = meanwhile(&outbound, (tenant(2), server.url("/hangs")), (tenant(2), call)).await;
    assert_eq!(outcome.expect_err("its tenant has one turn"), Failure::Busy);
    assert!(server.asked().iter().all(|asked| asked.line != "GET / HTTP/1.1"));
}

#[actix_web::test]
async fn a_turn_is_given_back_by_who_gives_up() {
    let (server, outbound) = server_and_client().await;
    let call = Call { timeout: Some(Duration::from_millis(20)), ..Call::get(server.url("/hangs")) };
    for _ in 0..2 {
        let outcome = outbound.send(tenant(2), call.clone()).await;
        assert!(matches!(outcome, Err(Failure::TimedOut(_))), "{outcome:?}");
    }
    let answer = outbound.send(tenant(2), Call::get(server.url("/"))).await;
    assert_eq!(answer.expect("its turn is free").status, 200);
}

#[test]
fn a_tenant_has_a_quarter_of_all_calls_unless_it_is_said() {
    let mut settings = settings(&[]);
    assert_eq!((settings.max_calls, settings.calls_per_tenant()), (32, 8));
    settings.max_calls = 1;
    assert_eq!(settings.calls_per_tenant(), 1);
    settings.max_calls_per_tenant = 5;
    assert_eq!(settings.calls_per_tenant(), 5);
}
