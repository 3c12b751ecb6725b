package dev.cria.cli;

import dev.cria.model.Generation;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(name = "generate", mixinStandardHelpOptions = true, description = "Continues a text.")
final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private TextOptions options = new TextOptions();

    @Option(names = "--prompt", paramLabel = "TEXT", description = "text to continue, or - for standard input (default: standard input, unless it is a terminal)")
    private Optional<String> prompt = Optional.empty();

    @Option(names = "--json", description = "prints one JSON object when done")
    private boolean json;

    @Override
    public Integer call() {
        Shell shell = Shell.of(spec);
        String text = prompt.map(shell.in()::orText).orElseGet(() -> pipedPrompt(shell.in()));
        try (LlamaModel llama = model.load(spec)) {
            Generation generation = options.apply(llama.generate(text));
            if (json) {
                GenerationResult result = generation.result();
                shell.out().println(Json.write(facts(result)));
                Ending.remark(result, llama.contextLength()).ifPresent(shell::remark);
            } else {
                print(generation, llama, shell);
            }
        }
        return 0;
    }

    private String pipedPrompt(StandardInput in) {
        String text = in.isTerminal() ? "" : in.text();
        if (text.isEmpty()) {
            throw new ParameterException(spec.commandLine(),
                    "there is no text to continue: say --prompt TEXT, or write "
                            + "it to standard input");
        }
        return text;
    }

    /** Prints a text as it comes, and says why it ended if it was not by itself. */
    static void print(Generation generation, LlamaModel llama, Shell shell) {
        GenerationResult result = generation.forEach(piece -> {
            shell.out().print(piece);
            shell.out().flush();
        });
        shell.out().println();
        Ending.remark(result, llama.contextLength()).ifPresent(shell::remark);
    }

    private static Map<String, Object> facts(GenerationResult result) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("text", result.text());
        facts.put("tokens", result.tokens());
        facts.put("promptTokens", result.promptTokens());
        facts.put("finishReason", result.finishReason().name().toLowerCase(Locale.ROOT));
        result.seed().ifPresent(seed -> facts.put("seed", seed));
        facts.put("promptTokensPerSecond", result.timings().promptTokensPerSecond());
        facts.put("generatedTokensPerSecond", result.timings().generatedTokensPerSecond());
        return facts;
    }
}
