#![no_main]

steading_fuzz::target!("accept-encoding");
