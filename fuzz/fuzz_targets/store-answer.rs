#![no_main]

steading_fuzz::target!("store-answer");
