package dev.cria.junit;

/** How tokens are chosen, where not as the class of tests says. */
record Sampling(double temperature, long seed) {}
