package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MalformedFileExceptionTest {
    private static String message(String problem) {
        return String.valueOf(new MalformedFileException(Path.of("model.gguf"), problem).getMessage());
    }

    @Test
    void leavesWhatCanBeReadAsItIs() {
        assertThat(message("tensor \"\u2581\u00e9\ud83d\ude00\" is missing")).isEqualTo(
                "model.gguf: tensor \"\u2581\u00e9\ud83d\ude00\" is missing");
    }

    @Test
    void escapesWhatWouldBreakTheLineOrHide() {
        assertThat(message("key a\nb\u001b[31m\u0000\u2028\u202e\ud800 is missing")).isEqualTo(
                "model.gguf: key a\\u000ab\\u001b[31m\\u0000\\u2028\\u202e\\ud800 is missing");
    }

    @Test
    void cutsALongTextButNotWithinACharacter() {
        assertThat(message("\ud83d\ude00".repeat(1000))).isEqualTo(
                "model.gguf: " + "\ud83d\ude00".repeat(400) + "\u2026");
    }
}
