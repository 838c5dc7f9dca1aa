#![no_main]

steading_fuzz::target!("event-filter");
