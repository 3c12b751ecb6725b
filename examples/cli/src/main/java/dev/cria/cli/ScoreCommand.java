package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.model.Score;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How probable a text is. */
@Command(name = "score", mixinStandardHelpOptions = true, description = "Shows the log-probability of each token after the first, and the perplexity.")
final class ScoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions(ActivationType.F32);

    @ArgGroup(multiplicity = "1")
    private Input input = new Input();

    @Option(names = "--logits", paramLabel = "FILE", description = "writes the logits of every position: float32, little-endian, [positions][vocabulary]")
    private Optional<Path> logits = Optional.empty();

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    /** What is scored. */
    static final class Input {
        @Option(names = "--text", required = true, paramLabel = "TEXT", description = "a text; BOS is put in front of it")
        private Optional<String> text = Optional.empty();

        @Option(names = "--tokens", required = true, split = ",", paramLabel = "ID", description = "token ids, as they are")
        private List<Integer> tokens = List.of();
    }

    @Override
    public Integer call() throws IOException {
        try (LlamaModel llama = model.load(spec)) {
            int[] tokens = input.text.map(llama::promptTokens).orElseGet(
                    () -> input.tokens.stream().mapToInt(Integer::intValue).toArray());
            Score score = llama.score(tokens);
            if (logits.isPresent()) {
                writeLogits(llama, tokens, logits.get());
            }
            print(llama, score);
        }
        return 0;
    }

    private static void writeLogits(LlamaModel llama, int[] tokens, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            llama.logits(tokens, (position, row) -> {
                ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(row);
                try {
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw new CriaException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private void print(LlamaModel llama, Score score) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("tokens", score.tokens());
            facts.put("logProbabilities", score.logProbabilities());
            facts.put("perplexity", score.logProbabilities().isEmpty() ? null : score.perplexity());
            out.println(Json.write(facts));
        } else {
            for (int i = 1; i < score.tokens().size(); i++) {
                int id = score.tokens().get(i);
                out.printf(Locale.ROOT, "%10.5f  %6d  %s%n", score.logProbabilities().get(i - 1), id,
                        llama.tokenizer().vocabulary().pieces().get(id).text());
            }
            out.printf(Locale.ROOT, "perplexity %.5f%n", score.perplexity());
        }
        out.flush();
    }
}
