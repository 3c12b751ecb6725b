package dev.cria.model.events;

import dev.cria.model.generation.Timings;

/**
 * How a generation ended.
 *
 * @param finish why: the name of the reason, or {@code FAILED}
 * @param firstTokenNanos from its begin until its first token was there; 0 if there was none
 * @param timings how long it took
 */
public record Generated(String finish, long firstTokenNanos, Timings timings) {}
