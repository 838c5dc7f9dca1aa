#![no_main]

steading_fuzz::target!("webhook-secret");
