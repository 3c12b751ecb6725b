package dev.cria.model;

import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import java.util.function.Function;

/**
 * A request whose question and options are fixed.
 *
 * @param lifetime of the model that it is made to
 * @param settings the options, the seed among them
 * @param start begins the answer for a reader
 */
record Prepared(Lifetime lifetime, Settings settings, Function<Reader, TextRun> start) {}
