package dev.cria.model.decoding;

import dev.cria.model.engine.Engine;
import dev.cria.tokenizer.Tokenizer;
import java.util.Set;

/**
 * What every generation of a model works with.
 *
 * @param engine tokens to logits
 * @param tokenizer tokens to text
 * @param endTokens ids that end a generation, EOS among them
 * @param counts counts what they did
 */
public record TextModel(Engine engine, Tokenizer tokenizer, Set<Integer> endTokens, GenerationCounts counts) {
    /** Copies the ids. */
    public TextModel {
        endTokens = Set.copyOf(endTokens);
    }

    /**
     * Begins to count.
     *
     * @param engine tokens to logits
     * @param tokenizer tokens to text
     * @param endTokens ids that end a generation, EOS among them
     */
    public TextModel(Engine engine, Tokenizer tokenizer, Set<Integer> endTokens) {
        this(engine, tokenizer, endTokens, new GenerationCounts());
    }
}
