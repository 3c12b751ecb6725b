package dev.cria.chat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.golden.Golden;
import dev.cria.tokenizer.Tokenizer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Dialogs in every template that has a name, as text and as ids of the tiny model's vocabulary. */
class GoldenDialogsTest {
    private static final List<Dialog> DIALOGS = List.of(Dialog.of(Message.user("What is the capital of France?")),
            Dialog.of(Message.system("Be brief."), Message.user("Hi"), Message.assistant("Hello!"),
                    Message.user("Why?")),
            // white space around everything, marks that are text, and what is no English
            Dialog.of(Message.system("  \n"), Message.user(" </s> <unk> <|im_sep|> "),
                    Message.assistant("\nÉ 日本 😀\n\n"), Message.user("")));

    @Test
    void haveTheTextAndTheIdsOfTheGoldenData() {
        Tokenizer tokenizer = Tokenizer.load(Golden.file("tokenizer/tiny.model"));
        StringBuilder lines = new StringBuilder();
        for (String name : ChatTemplate.names().stream().sorted().toList()) {
            for (Dialog dialog : DIALOGS) {
                Prompt prompt = ChatTemplate.named(name).render(dialog);
                ObjectNode line = new ObjectMapper().createObjectNode().put("template", name).put("text",
                        prompt.text());
                lines.append(line.putPOJO("ids", prompt.encode(tokenizer))).append('\n');
            }
        }
        Golden.check("dialogs.jsonl", lines.toString());
    }
}
