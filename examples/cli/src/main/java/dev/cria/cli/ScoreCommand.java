package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How probable a text is. */
@Command(name = "score", mixinStandardHelpOptions = true, description = "Shows the log-probability of each token after the first, and the perplexity.")
final class ScoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions(ActivationType.F32);

    @Option(names = "--text", paramLabel = "TEXT", description = "a text, or - for standard input; BOS is put in front of it")
    private Optional<String> text = Optional.empty();

    @Option(names = "--tokens", split = ",", paramLabel = "ID", description = "token ids, as they are, in place of a text")
    private List<Integer> tokens = List.of();

    @Option(names = "--logits", paramLabel = "FILE", description = "writes the logits of every position: float32, little-endian, [positions][vocabulary]")
    private Optional<Path> logits = Optional.empty();

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    @Override
    public Integer call() {
        if (text.isPresent() != tokens.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "say what to score: either --text or --tokens");
        }
        Optional<String> scored = text.map(Shell.of(spec).in()::orText);
        try (LlamaModel llama = model.load(spec)) {
            int[] ids = scored.map(llama::promptTokens).orElseGet(() -> ids(llama.config().vocabularySize()));
            Score score = llama.score(ids);
            if (logits.isPresent()) {
                UnfinishedFiles.interruptible(() -> writeLogits(llama, ids, logits.get()));
            }
            print(llama, score);
        }
        return 0;
    }

    private int[] ids(int vocabulary) {
        tokens.stream().filter(id -> id < 0 || id >= vocabulary).findFirst().ifPresent(id -> {
            throw new ParameterException(spec.commandLine(), "--tokens: ids are 0 to " + (vocabulary - 1) + ", not "
                    + id);
        });
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private static Path writeLogits(LlamaModel llama, int[] ids, Path target) {
        try (NewFile file = new NewFile(target)) {
            writeLogits(llama, ids, file);
            file.complete();
            return target;
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private static void writeLogits(LlamaModel llama, int[] ids, NewFile file) throws IOException {
        try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            llama.logits(ids, (position, row) -> {
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
            throw Objects.requireNonNull(e.getCause());
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
