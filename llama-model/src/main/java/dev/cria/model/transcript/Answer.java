package dev.cria.model.transcript;

import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.TokenLogProbability;
import java.util.ArrayList;
import java.util.List;

/** What a model gave. */
public sealed interface Answer {
    /**
     * A generated text.
     *
     * @param text the text, of a chat before it is stripped
     * @param finishReason why it ended
     * @param promptTokens ids of the prompt
     * @param tokens ids of the text
     * @param logProbabilities of the tokens, or empty
     * @param droppedMessages how many messages of the question the model did not read
     */
    record Generated(String text, FinishReason finishReason, List<Integer> promptTokens, List<Integer> tokens,
            List<TokenLogProbability> logProbabilities, int droppedMessages) implements Answer {
        /** Copies the lists. */
        public Generated {
            promptTokens = List.copyOf(promptTokens);
            tokens = List.copyOf(tokens);
            logProbabilities = List.copyOf(logProbabilities);
        }
    }

    /**
     * The score of a text.
     *
     * @param tokens ids of the text
     * @param logProbabilities of each token after the first
     */
    record Scored(List<Integer> tokens, List<Double> logProbabilities) implements Answer {
        /** Copies the lists. */
        public Scored {
            tokens = List.copyOf(tokens);
            logProbabilities = List.copyOf(logProbabilities);
        }
    }

    /**
     * The embedding of a text.
     *
     * @param vector its components
     */
    record Embedded(List<Float> vector) implements Answer {
        /** Copies the list. */
        public Embedded {
            vector = List.copyOf(vector);
        }

        /**
         * {@return the answer with these components}
         *
         * @param components the vector
         */
        public static Embedded of(float[] components) {
            List<Float> vector = new ArrayList<>();
            for (float component : components) {
                vector.add(component);
            }
            return new Embedded(vector);
        }

        /** {@return the components} */
        public float[] floats() {
            float[] floats = new float[vector.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = vector.get(i);
            }
            return floats;
        }
    }
}
