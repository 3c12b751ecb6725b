package dev.cria.model.decoding;

import dev.cria.model.transformer.ForwardPass;
import dev.cria.tokenizer.Tokenizer;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What every generation of a model works with.
 *
 * @param forward tokens to logits
 * @param tokenizer tokens to text
 * @param endTokens ids that end a generation, EOS among them
 * @param nanoTime the clock, as {@link System#nanoTime}
 */
public record Engine(ForwardPass forward, Tokenizer tokenizer, Set<Integer> endTokens, LongSupplier nanoTime) {}
