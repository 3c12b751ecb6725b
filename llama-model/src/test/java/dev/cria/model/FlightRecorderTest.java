package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.ModelStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people can see of a model that runs: events and counts. */
class FlightRecorderTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void hearsOfModelsPassesGenerationsAndKeysAndValues() throws IOException {
        Path file = folder.resolve("events.jfr");
        GenerationResult first;
        GenerationResult second;
        try (Recording recording = new Recording()) {
            recording.enable("dev.cria.ModelLoad").withThreshold(Duration.ZERO);
            recording.enable("dev.cria.Generation").withThreshold(Duration.ZERO);
            recording.enable("dev.cria.Pass").withThreshold(Duration.ZERO);
            recording.enable("dev.cria.KvPool");
            recording.start();
            try (LlamaModel model = LlamaModel.load(new SmallModelFile().write(folder.resolve("model.gguf")))) {
                first = model.generate("Once upon a time").temperature(0).maxTokens(7).result();
                second = model.generate("Once upon a time").temperature(0).maxTokens(3).result();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(named(events, "ModelLoad")).singleElement().satisfies(event -> {
            assertThat(event.getString("file")).endsWith("model.gguf");
            assertThat(event.getLong("weightBytes")).isPositive();
        });
        List<RecordedEvent> generations = named(events, "Generation");
        assertThat(generations).hasSize(2);
        for (int i = 0; i < 2; i++) {
            RecordedEvent event = generations.get(i);
            GenerationResult result = List.of(first, second).get(i);
            assertThat(event.getInt("promptTokens")).isEqualTo(result.timings().promptTokens());
            assertThat(event.getInt("reusedTokens")).isEqualTo(result.timings().reusedTokens());
            assertThat(event.getInt("generatedTokens")).isEqualTo(result.tokens().size());
            assertThat(event.getString("finishReason")).isEqualTo("MAX_TOKENS");
            assertThat(event.getDuration("prefillTime")).isEqualTo(result.timings().promptDuration());
            assertThat(event.getDuration("decodeTime")).isEqualTo(result.timings().generationDuration());
            assertThat(event.getDuration("timeToFirstToken")).isPositive();
        }
        assertThat(named(events, "Pass")).hasSizeGreaterThan(2)
                .allSatisfy(
                        event -> assertThat(event.getInt("rows")).isGreaterThanOrEqualTo(event.getInt("sequences")));
        assertThat(named(events, "KvPool")).isNotEmpty()
                .allSatisfy(event -> assertThat(event.getLong("usedBytes")).isPositive());
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("dev.cria." + name)).toList();
    }

    @Test
    void statisticsCountWhatWasDone() {
        try (LlamaModel model = LlamaModel.load(new SmallModelFile().write(folder.resolve("model.gguf")))) {
            ModelStatistics none = model.statistics();
            assertThat(none.passes()).isZero();
            assertThat(none.finished()).hasSize(FinishReason.values().length).allSatisfy((_, count) -> assertThat(count)
                    .isZero());
            GenerationResult first = model.generate("Once upon a time").temperature(0).maxTokens(7).result();
            model.withDefaults(request -> request.maxTokens(3)).generate("Once upon a time").temperature(0).text();
            try (Stream<String> pieces = model.chat().user("Hi").temperature(0).stream()) {
                assertThat(pieces.findFirst()).isPresent();
            }
            ModelStatistics statistics = model.statistics();
            assertThat(statistics.finished()).containsEntry(FinishReason.MAX_TOKENS, 2L)
                    .containsEntry(FinishReason.CANCELLED, 1L).containsEntry(FinishReason.TIMEOUT, 0L);
            assertThat(statistics.failed()).isZero();
            assertThat(statistics.generatedTokens()).isGreaterThan(10);
            assertThat(statistics.reusedTokens()).isGreaterThanOrEqualTo(first.promptTokens().size() - 1L);
            assertThat(statistics.rows()).isGreaterThanOrEqualTo(statistics.passes());
            assertThat(statistics.kvBytes()).isPositive();
            assertThat(statistics.evictedPages() + statistics.putBacks()).isZero();
        }
    }
}
