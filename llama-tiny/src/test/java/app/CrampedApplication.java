package app;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.tiny.TinyLlama;

/** Asks for more than its memory has room for, and then for something that fits. */
public final class CrampedApplication {
    private CrampedApplication() {}

    public static void main(String[] arguments) {
        try (LlamaModel model = TinyLlama.builder().threads(2).contextLength(100_000).promptChunk(100_000).load();
                LlamaModel other = TinyLlama.load()) {
            int failures = 0;
            int answers = 0;
            // memory ends at another place each time; each answer then needs more than any before
            for (int length = 1_000; length < 20_000; length += 2_000) {
                failures += fails(model, length) ? 1 : 0;
                int fits = 20 + length / 1_000;
                answers += continuation(model, fits).equals(continuation(other, fits)) ? 1 : 0;
            }
            System.out.println(failures > 3 ? "there was no room" : "there was room");
            System.out.println("equal answers: " + answers);
        }
    }

    private static boolean fails(LlamaModel model, int length) {
        try {
            continuation(model, length);
            return false;
        } catch (CriaException | OutOfMemoryError e) {
            return true;
        }
    }

    private static String continuation(LlamaModel model, int length) {
        return model.generate(" word".repeat(length)).temperature(0).maxTokens(2).text();
    }
}
