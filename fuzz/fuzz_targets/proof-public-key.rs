#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| cornerstore_fuzz::prove(
    &cornerstore_fuzz::Proofs::PUBLIC_KEY,
    input
));
