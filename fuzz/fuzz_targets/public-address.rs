#![no_main]

steading_fuzz::target!("public-address");
