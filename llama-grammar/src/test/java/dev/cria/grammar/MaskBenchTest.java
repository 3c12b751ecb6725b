package dev.cria.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.core.CriaException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Schemas of the world with instances that they allow and forbid. Every so many of them: the whole set takes minutes,
 * with {@code -Dcria.maskbench.step=1}, and its figures are printed.
 */
@NeedsFixtures
class MaskBenchTest {
    private final List<String> wrong = new ArrayList<>();
    private final Writing.Timings masks = new Writing.Timings();
    private final Writing.Timings compiling = new Writing.Timings();
    private int cases;
    private int right;

    @Test
    void nothingForbiddenIsEverAcceptedAndNineOfTenSchemasAreRight(Fixtures fixtures) throws IOException {
        int step = Integer.getInteger("cria.maskbench.step", 40);
        Writing writing = Writing.with(fixtures.path("models/llama2-tokenizer.model"));
        ObjectMapper json = new ObjectMapper();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(
                Files.newInputStream(fixtures.path("schema/maskbench-public.jsonl.gz"))), StandardCharsets.UTF_8))) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (number++ % step == 0) {
                    check(writing, json.readTree(line));
                }
            }
        }
        System.out.printf("%d cases, %d right; mask %.1f us, 99th percentile %.1f; compiling %.2f ms in the median%n",
                cases, right, masks.mean() / 1e3, masks.quantile(0.99) / 1e3, compiling.quantile(0.5) / 1e6);
        wrong.forEach(System.out::println);
        assertThat(wrong).noneMatch(message -> message.startsWith("accepted"));
        assertThat(right).isGreaterThanOrEqualTo(cases * 9 / 10);
    }

    private void check(Writing writing, JsonNode line) {
        cases++;
        String name = line.get("name").asText();
        Grammar grammar;
        long start = System.nanoTime();
        try {
            grammar = Grammar.jsonSchema(line.get("schema").toString());
            writing.table().constrain(grammar);
        } catch (CriaException e) {
            wrong.add("refused " + name + ": " + e.getMessage());
            return;
        }
        compiling.add(System.nanoTime() - start);
        boolean good = true;
        Mask mask = new Mask(writing.table().size());
        for (JsonNode test : line.path("tests")) {
            boolean valid = test.get("valid").asBoolean();
            String text = JsonStyle.SPACED.write(test.get("data"));
            boolean accepted = writing.write(grammar, text, mask, masks) == Writing.Outcome.ACCEPTED;
            if (accepted != valid) {
                good = false;
                wrong.add((accepted ? "accepted " : "stopped ") + name + ": " + text);
            }
        }
        right += good ? 1 : 0;
    }
}
