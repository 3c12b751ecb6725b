package dev.cria.model.events;

/**
 * What a pass computed.
 *
 * @param rows tokens of all sequences, guessed ones included
 * @param sequences how many there were
 * @param guesses guessed tokens
 */
public record PassRows(int rows, int sequences, int guesses) {}
