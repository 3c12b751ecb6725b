package dev.cria.junit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;

/** Tests to be inherited by classes of other packages. */
public abstract class TableTests {
    @ParameterizedTest
    @PromptSource("cases.csv")
    void readsItsTable(String question, PromptSourceTest.Mood mood, int count) {
        assertThat(question).isNotEmpty();
    }
}
