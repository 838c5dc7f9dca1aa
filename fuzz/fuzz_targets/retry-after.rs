#![no_main]

steading_fuzz::target!("retry-after");
