//! After other files: attached, written or read.

use crate::isolation::attack::{Attack, denied, fails, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    denied("ATTACH '{dir}/other.db' AS other"),
    denied("ATTACH DATABASE ':memory:' AS other"),
    denied("ATTACH '' AS other"),
    denied("ATTACH 'file:{dir}/steading.db?mode=rw' AS again"),
    denied("ATTACH (SELECT '{dir}/other.db') AS other"),
    denied("DETACH main"),
    denied("DETACH DATABASE temp"),
    fails("VACUUM"),
    fails("VACUUM INTO '{dir}/copy.db'"),
    fails("VACUUM main INTO '{dir}/copy.db'"),
    runs("VACUUM temp"),
    invalid("SELECT readfile('/etc/passwd')"),
    invalid("SELECT writefile('{dir}/written', 'x')"),
    invalid("SELECT edit('x')"),
    invalid("SELECT * FROM fsdir('/')"),
    invalid("SELECT * FROM csv('{dir}/steading.db')"),
    invalid("SELECT * FROM zipfile('{dir}/x.zip')"),
    invalid(".read /etc/passwd"),
];
