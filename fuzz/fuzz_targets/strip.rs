#![no_main]

steading_fuzz::target!("strip");
