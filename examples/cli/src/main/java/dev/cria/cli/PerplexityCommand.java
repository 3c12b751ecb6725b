package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.model.LlamaModel;
import dev.cria.model.Perplexity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How well a model foretells a long text. */
@Command(name = "perplexity", mixinStandardHelpOptions = true, description = "Measures how well a model foretells a long text, by llama.cpp's definition.")
final class PerplexityCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private WeightOptions model = new WeightOptions(ActivationType.F32);

    @Option(names = "--file", required = true, paramLabel = "FILE", description = "a text in UTF-8, at least twice as many tokens as the context; a line break at its end is not part of it")
    private Path file = Path.of("");

    @Option(names = "--context", paramLabel = "N", defaultValue = "512", description = "tokens of the chunks into which the text is cut (default: ${DEFAULT-VALUE})")
    private int context;

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    @Override
    public Integer call() {
        String text = text();
        LlamaModel.Builder builder = model.builder(spec);
        WeightOptions.set(spec, "--context", Optional.of(context), builder::contextLength);
        try (LlamaModel llama = builder.load()) {
            int trained = llama.config().contextLength();
            if (context > trained) {
                throw new CriaException("--context is " + context + ", but the context of " + model.name() + " has "
                        + trained + " tokens");
            }
            print(measure(llama, text));
        }
        return 0;
    }

    private Perplexity measure(LlamaModel llama, String text) {
        try (ProgressLine line = new ProgressLine(spec.commandLine().getErr())) {
            return llama.perplexity(text, context,
                    (soFar, chunks) -> line.show(String.format(Locale.ROOT, "chunk %d of %d, perplexity %.4f",
                            soFar.chunks(), chunks, soFar.perplexity()), (double) soFar.chunks() / chunks));
        }
    }

    private String text() {
        String text;
        try {
            text = StandardInput.withoutLastBreak(Files.readString(file));
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
        if (text.isEmpty()) {
            throw new CriaException(file + " is empty: there is no text to measure a perplexity of");
        }
        return text;
    }

    private void print(Perplexity result) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("perplexity", result.perplexity());
            facts.put("standardError", Double.isNaN(result.standardError()) ? null : result.standardError());
            facts.put("tokens", result.tokens());
            facts.put("scoredTokens", result.scoredTokens());
            facts.put("chunks", result.chunks());
            out.println(Json.write(facts));
        } else {
            out.printf(Locale.ROOT, "perplexity %.4f +/- %.5f (%d tokens, %d scored, %d chunks of %d)%n",
                    result.perplexity(), result.standardError(), result.tokens(), result.scoredTokens(),
                    result.chunks(), context);
        }
        out.flush();
    }
}
