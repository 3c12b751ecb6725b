package dev.cria.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.junit.inheriting.InheritedTables;
import dev.cria.model.Chat;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

class PromptSourceTest {
    private static final List<Object> SEEN = new ArrayList<>();

    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void write() {
        model = BigramModel.saying("Yes").write(folder.resolve("model.gguf"));
    }

    @AfterEach
    void forget() {
        SEEN.clear();
    }

    /** A choice, for conversion. */
    enum Mood {
        GOOD,
        BAD
    }

    /** A case with something nested. */
    record Case(String question, int count, List<String> words) {}

    /** A case of texts and a number. */
    record Row(String question, Mood mood, int count) {}

    @LlamaTest
    static class Tables {
        @ParameterizedTest
        @PromptSource("cases.csv")
        void csv(String question, Mood mood, int count, Chat chat) {
            SEEN.add(List.of(question, mood, count, chat.user(question).text()));
        }

        @ParameterizedTest
        @PromptSource("/dev/cria/junit/cases.csv")
        void columnsInAnotherOrder(int count, String question, Mood mood) {
            SEEN.add(List.of(question, mood, count));
        }

        @ParameterizedTest
        @PromptSource("cases.csv")
        void records(Row row, Chat chat) {
            SEEN.add(List.of(row, chat.user(row.question()).text()));
        }
    }

    @LlamaTest
    static class JsonTables {
        @ParameterizedTest
        @PromptSource("cases.jsonl")
        void columns(String question, int count, List<String> words, Chat chat) {
            SEEN.add(List.of(question, count, words, chat.user(question).text()));
        }

        @ParameterizedTest
        @PromptSource("cases.jsonl")
        void records(Case row) {
            SEEN.add(row);
        }
    }

    @Test
    void parametersTakeTheColumnsOfTheirNames() {
        assertThat(TestRun.failures(TestRun.on(model).of(Tables.class))).isEmpty();
        assertThat(SEEN).contains(List.of("Is it \"so\", or not?", Mood.GOOD, 3, "Yes"),
                List.of("Two\nlines", Mood.BAD, 4, "Yes"), List.of("Is it \"so\", or not?", Mood.GOOD, 3),
                List.of("Two\nlines", Mood.BAD, 4), List.of(new Row("Two\nlines", Mood.BAD, 4), "Yes")).hasSize(6);
    }

    @Test
    void linesOfJsonGiveValuesOfAnyKind() {
        assertThat(TestRun.failures(TestRun.on(model).of(JsonTables.class))).isEmpty();
        assertThat(SEEN)
                .contains(List.of("Is it?", 3, List.of("a", "b"), "Yes"), List.of("Größe?", 4, List.of(), "Yes"),
                        new Case("Is it?", 3, List.of("a", "b")), new Case("Größe?", 4, List.of()))
                .hasSize(4);
    }

    /** A case with dates and decimals. */
    record Sale(LocalDate day, BigDecimal price, Optional<String> note) {}

    @LlamaTest
    static class OtherTypes {
        @ParameterizedTest
        @PromptSource("sales.jsonl")
        void records(Sale sale) {
            SEEN.add(sale);
        }

        @ParameterizedTest
        @PromptSource("sales.csv")
        void csvRecords(Sale sale) {
            SEEN.add(sale);
        }

        @ParameterizedTest
        @PromptSource("sales.jsonl")
        void columns(LocalDate day, BigDecimal price, Optional<String> note) {
            SEEN.add(new Sale(day, price, note));
        }

        @ParameterizedTest
        @PromptSource("sales.csv")
        void csvColumns(LocalDate day, BigDecimal price, Optional<String> note) {
            SEEN.add(new Sale(day, price, note));
        }
    }

    @Test
    void datesDecimalsAndOptionalsAreRead() {
        assertThat(TestRun.failures(TestRun.on(model).of(OtherTypes.class))).isEmpty();
        LocalDate day = LocalDate.of(2026, 11, 30);
        assertThat(SEEN).hasSize(8);
        assertThat(SEEN).filteredOn(new Sale(day, new BigDecimal("12.50"), Optional.of("two\nlines"))::equals)
                .hasSize(4);
        assertThat(SEEN).extracting(sale -> ((Sale) sale).price().toString()).containsOnly("12.50", "0.10");
    }

    @Test
    void aTableMayLieBesideTheClassThatATestIsInheritedFrom() {
        assertThat(TestRun.failures(TestRun.on(model).of(InheritedTables.class))).isEmpty();
    }

    @LlamaTest
    static class Wrong {
        @ParameterizedTest
        @PromptSource("none.csv")
        void missing(String question) {}

        @ParameterizedTest
        @PromptSource("cases.txt")
        void kind(String question) {}

        @ParameterizedTest
        @PromptSource("cases.csv")
        void noColumn(String question, Mood mood, int number) {}

        @ParameterizedTest
        @PromptSource("cases.csv")
        void noParameter(String question, Mood mood, Chat chat) {}

        @ParameterizedTest
        @PromptSource("short-row.csv")
        void cells(String a, String b) {}

        @ParameterizedTest
        @PromptSource("open-quote.csv")
        void quote(String a, String b) {}

        @ParameterizedTest
        @PromptSource("twice.csv")
        void columnTwice(String a) {}

        @ParameterizedTest
        @PromptSource("empty.csv")
        void noCases(String a, String b) {}

        @ParameterizedTest
        @PromptSource("broken.jsonl")
        void notJson(String a) {}

        @ParameterizedTest
        @PromptSource("array.jsonl")
        void notAnObject(String a) {}

        @ParameterizedTest
        @PromptSource("cases.jsonl")
        void wrongType(String question, int count, int words) {}

        @ParameterizedTest
        @PromptSource("cases.jsonl")
        void wrongRecord(Row row) {}
    }

    @Test
    void whatIsWrongIsNamedWithItsLine() {
        List<String> messages = TestRun.failures(TestRun.on(model).of(Wrong.class)).stream().map(Throwable::getMessage)
                .toList();
        for (String expected : List.of("there is no resource none.csv beside dev.cria.junit.PromptSourceTest$Wrong",
                "cases.txt: a table of cases ends in .csv or .jsonl",
                "cases.csv: line 2 has no column for the parameter number; its columns are question, mood, count",
                "cases.csv: line 2 has the column count, but no parameter of this name",
                "short-row.csv: line 3 has 1 cell, but there are 2 columns: a, b",
                "open-quote.csv: line 2 is not CSV",
                "twice.csv: line 1 must name the columns, each by a name of its own, but is [a, a]",
                "empty.csv: there are no cases in it", "broken.jsonl: line 2 is not JSON",
                "array.jsonl: line 1 must be a JSON object, but is [1]", "cases.jsonl: line 1: words does not fit int",
                "cases.jsonl: line 1 does not fit Row")) {
            assertThat(messages).anySatisfy(message -> assertThat(message).contains(expected));
        }
        assertThat(messages).hasSize(12);
    }
}
