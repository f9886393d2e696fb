#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| cornerstore_fuzz::read("cti", input));
