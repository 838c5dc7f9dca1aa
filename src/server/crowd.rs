//! The crowd: connections by address. One address gets a part of all that there may be, so that whoever opens very
//! many, and sends nothing or very slowly on them, leaves the others theirs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::config::Server;
use crate::base::network::neighbourhood;

/// The part of all connections that one address gets when nothing else is said.
const SHARES: usize = 4;

/// Who is here. Cheap to clone.
#[derive(Clone)]
pub(super) struct Crowd(Arc<Parts>);

struct Parts {
    most: usize,
    present: Mutex<HashMap<IpAddr, Present>>,
}

#[derive(Default)]
struct Present {
    connections: usize,
    /// Whether the log has said that it wants too many.
    is_told: bool,
}

impl Crowd {
    pub fn of(config: &Server) -> Self {
        let most = match config.max_connections_per_address {
            0 => config.max_connections.div_ceil(SHARES),
            most => most,
        };
        Self(Arc::new(Parts { most, present: Mutex::default() }))
    }

    fn present(&self) -> MutexGuard<'_, HashMap<IpAddr, Present>> {
        self.0.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for one connection, when its address has one left.
    pub fn seat(&self, address: IpAddr) -> Option<Seat> {
        let address = neighbourhood(address);
        let mut all = self.present();
        let present = all.entry(address).or_default();
        if present.connections >= self.0.most {
            if !present.is_told {
                present.is_told = true;
                tracing::warn!(
                    %address, most = self.0.most,
                    "an address has as many connections as server.max_connections_per_address allows; more are closed"
                );
            }
            return None;
        }
        present.connections += 1;
        Some(Seat { crowd: self.clone(), address })
    }
}

/// Held for as long as the connection is open.
pub(super) struct Seat {
    crowd: Crowd,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.crowd.present();
        let Some(present) = all.get_mut(&self.address) else { return };
        present.connections -= 1;
        if present.connections == 0 {
            all.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config;

    #[test]
    fn an_address_gets_its_part_and_what_it_left_again() {
        let mut config = config::load(None, []).expect("the defaults load").server;
        (config.max_connections, config.max_connections_per_address) = (8, 0);
        let crowd = Crowd::of(&config);
        let at = |last: u8| IpAddr::from([192, 0, 2, last]);
        let seats: Vec<_> = (0..3).filter_map(|_| crowd.seat(at(1))).collect();
        assert_eq!(seats.len(), 2);
        assert!(crowd.seat(at(2)).is_some(), "another has its own");
        drop(seats);
        assert!(crowd.seat(at(1)).is_some());
        assert!(crowd.present().is_empty(), "who has left is forgotten");

        config.max_connections_per_address = 3;
        let crowd = Crowd::of(&config);
        assert_eq!((0..9).map(|_| crowd.seat(at(1))).collect::<Vec<_>>().iter().flatten().count(), 3);
    }
}
