package dev.cria.model.events;

/**
 * How a model was loaded.
 *
 * @param file from where
 * @param weightBytes bytes of its weights
 * @param contextLength how many tokens prompt and answer may have together
 * @param threads how many threads compute
 */
public record Loading(String file, long weightBytes, int contextLength, int threads) {}
