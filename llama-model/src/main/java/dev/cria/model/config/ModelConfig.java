package dev.cria.model.config;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.CriaException;
import java.util.OptionalInt;

/**
 * The sizes of a Llama model, as its weight file states them.
 *
 * @param name the model's own name, or an empty string
 * @param embeddingLength width of the residual stream, "dim"
 * @param layers number of transformer blocks
 * @param heads number of query heads
 * @param kvHeads number of key and value heads; fewer than {@code heads} means grouped-query attention
 * @param headLength width of a head
 * @param feedForwardLength inner width of the feed-forward network
 * @param vocabularySize number of tokens
 * @param contextLength trained context in tokens
 * @param normEpsilon epsilon of RMSNorm
 * @param ropeBase base of the rotary frequencies, theta
 * @param ropeScaling how the rotary frequencies are changed for long texts
 * @param slidingWindow how many positions a token attends to, itself included, counted back from its own; empty for all
 *     (Mistral)
 */
public record ModelConfig(String name, int embeddingLength, int layers, int heads, int kvHeads, int headLength,
        int feedForwardLength, int vocabularySize, int contextLength, float normEpsilon, float ropeBase,
        RopeScaling ropeScaling, OptionalInt slidingWindow) {

    /** The largest value that any size may have: far beyond every model, small enough to be multiplied by a page. */
    public static final int LARGEST = 1 << 24;

    /**
     * Checks that the sizes fit together.
     *
     * @throws CriaException naming the size that does not fit, what it is and what it should be
     */
    public ModelConfig {
        check("embedding length", embeddingLength);
        check("layers", layers);
        check("heads", heads);
        check("key/value heads", kvHeads);
        check("head length", headLength);
        check("feed-forward length", feedForwardLength);
        check("vocabulary size", vocabularySize);
        check("context length", contextLength);
        if (heads % kvHeads != 0) {
            throw new CriaException(
                    "key/value heads must divide the " + heads + " query heads, but there are " + kvHeads);
        }
        // keys and values are kept in whole panels
        long padded = (headLength + PANEL_ROWS - 1L) / PANEL_ROWS * PANEL_ROWS;
        if (heads * padded > LARGEST) {
            throw new CriaException("all heads together must be at most " + LARGEST + " wide, but there are " + heads
                    + " of length " + headLength);
        }
        if (headLength % 2 != 0) {
            throw new CriaException("head length must be even for rotary positions, but is " + headLength);
        }
        if (!(normEpsilon > 0 && normEpsilon < 1)) {
            throw new CriaException("RMSNorm epsilon must be between 0 and 1, but is " + normEpsilon);
        }
        if (!(ropeBase > 0 && ropeBase < Float.POSITIVE_INFINITY)) {
            throw new CriaException("RoPE base must be above 0, but is " + ropeBase);
        }
        int divisors = ropeScaling.frequencyDivisors().size();
        if (divisors != 0 && divisors != headLength / 2) {
            throw new CriaException(
                    "there must be as many RoPE frequency divisors (tensor rope_freqs.weight) as pairs in a head, "
                            + headLength / 2 + ", but there are " + divisors);
        }
        if (ropeScaling.yarn().isPresent() && ropeBase <= 1) {
            throw new CriaException("RoPE base must be above 1 for YaRN, but is " + ropeBase);
        }
        slidingWindow.ifPresent(window -> check("sliding window", window));
    }

    /**
     * Takes the sizes of a model with linear RoPE scaling or none, and without a sliding window.
     *
     * @param name the model's own name, or an empty string
     * @param embeddingLength width of the residual stream, "dim"
     * @param layers number of transformer blocks
     * @param heads number of query heads
     * @param kvHeads number of key and value heads
     * @param headLength width of a head
     * @param feedForwardLength inner width of the feed-forward network
     * @param vocabularySize number of tokens
     * @param contextLength trained context in tokens
     * @param normEpsilon epsilon of RMSNorm
     * @param ropeBase base of the rotary frequencies, theta
     * @param ropeScale factor by which positions are multiplied: 1, or 1/factor with linear RoPE scaling
     * @throws CriaException naming the size that does not fit, what it is and what it should be
     */
    public ModelConfig(String name, int embeddingLength, int layers, int heads, int kvHeads, int headLength,
            int feedForwardLength, int vocabularySize, int contextLength, float normEpsilon, float ropeBase,
            float ropeScale) {
        this(name, embeddingLength, layers, heads, kvHeads, headLength, feedForwardLength, vocabularySize,
                contextLength,
                normEpsilon, ropeBase, RopeScaling.linear(1 / (double) ropeScale), OptionalInt.empty());
    }

    /** {@return the factor by which linear scaling multiplies positions: 1 without scaling} */
    public float ropeScale() {
        return (float) (1 / ropeScaling.factor());
    }

    private static void check(String what, int value) {
        if (value < 1 || value > LARGEST) {
            throw new CriaException(what + " must be between 1 and " + LARGEST + ", but is " + value);
        }
    }

    /** {@return the width of all query heads together} */
    public int queryLength() {
        return heads * headLength;
    }

    /** {@return the width of all key heads together, and of all value heads} */
    public int kvLength() {
        return kvHeads * headLength;
    }
}
