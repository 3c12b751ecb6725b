package dev.cria.model;

import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import java.util.function.Function;

/**
 * A generation whose question and options are fixed.
 *
 * @param settings the options, the seed among them
 * @param start begins it for a reader
 */
record Prepared(Settings settings, Function<Reader, TextRun> start) {}
