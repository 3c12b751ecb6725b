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
 */
public record TextModel(Engine engine, Tokenizer tokenizer, Set<Integer> endTokens) {
    /** Copies the ids. */
    public TextModel {
        endTokens = Set.copyOf(endTokens);
    }
}
