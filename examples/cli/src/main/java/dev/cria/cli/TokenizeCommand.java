package dev.cria.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.model.ModelFile;
import dev.cria.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Text to token ids and back, line by line. */
@Command(name = "tokenize", mixinStandardHelpOptions = true, description = "Turns lines of standard input into token ids, or ids into text.")
final class TokenizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    @Option(names = "--jsonl", description = "lines are JSON: strings in and arrays of ids out, or the reverse")
    private boolean jsonl;

    @ArgGroup
    private Direction direction = new Direction();

    /** Where the vocabulary comes from. */
    static final class Source {
        @Option(names = "--model", required = true, paramLabel = "FILE", description = "file or folder of a Llama model, or tiny")
        private Optional<Path> model = Optional.empty();

        @Option(names = "--tokenizer", required = true, paramLabel = "FILE", description = "SentencePiece .model file")
        private Optional<Path> tokenizer = Optional.empty();
    }

    /** What is turned into what. */
    static final class Direction {
        @Option(names = "--decode", description = "ids to text")
        private boolean decode;

        @Option(names = "--chat", description = "dialogs, arrays of {\"role\", \"content\"}, to the ids of their prompts, BOS and EOS included")
        private boolean chat;
    }

    @Override
    public Integer call() throws IOException {
        if (direction.chat && !jsonl) {
            throw new ParameterException(spec.commandLine(), "--chat reads dialogs as JSON: add --jsonl");
        }
        if (source.model.isPresent()) {
            try (ModelFile file = ModelFile.open(ModelChoice.of(source.model, spec.commandLine().getErr()))) {
                lines(file.tokenizer(), file.chatTemplate());
            }
        } else {
            lines(Tokenizer.load(source.tokenizer.orElseThrow()), ChatTemplate.llama2());
        }
        return 0;
    }

    private void lines(Tokenizer tokenizer, ChatTemplate template) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        long number = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(convert(tokenizer, template, line, ++number));
        }
        out.flush();
    }

    private String convert(Tokenizer tokenizer, ChatTemplate template, String line, long number) {
        try {
            if (direction.decode) {
                int[] ids = Json.readLine(jsonl ? line : "[" + line.strip().replaceAll("[\\s,]+", ",") + "]", number,
                        int[].class, "an array of token ids");
                String text = tokenizer.decode(ids);
                return jsonl ? Json.write(text) : text;
            }
            int[] ids = direction.chat
                    ? template.render(dialog(line, number)).encode(tokenizer)
                    : tokenizer.encode(jsonl ? Json.readLine(line, number, String.class, "a string") : line);
            return Json.write(ids);
        } catch (IllegalArgumentException e) {
            throw new CriaException("line " + number + " of standard input: " + e.getMessage(), e);
        }
    }

    private static Dialog dialog(String line, long number) {
        String expected = "an array of messages with role and content";
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : Json.readLine(line, number, JsonNode.class, expected)) {
            if (!message.path("role").isTextual() || !message.path("content").isTextual()) {
                throw new CriaException("line " + number + " of standard input must be " + expected);
            }
            messages.add(new Message(Role.named(message.get("role").textValue()),
                    message.get("content").textValue()));
        }
        return new Dialog(messages);
    }
}
