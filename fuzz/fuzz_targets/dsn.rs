#![no_main]

steading_fuzz::target!("dsn");
