"""The tables of OpenAI's Responses API: its own words, what cannot be read, the outer shape, what answers hold.

Apart from `openai_responses`, because the API has ten times the vocabulary of the others.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects.answers import AnswerRules
from gateway.dialects.shape import BOOLEAN, INTEGER, NUMBER, OBJECT, OBJECTS, TEXT, TEXT_OR_OBJECT, TEXTS, Kind
from gateway.dialects.structure import FILES, TOOLS, Opaque, OpaqueRule, Structure

__all__ = ["ITEM", "RULES", "SHAPE", "STRUCTURE"]

STRUCTURE: Final = Structure.of(
    base=FILES,
    tools=TOOLS,
    keys="""
        access_programs acknowledged_safety_checks action actions after allowed_callers allowed_domains
        allowed_tools always annotations approval_request_id approve arguments attributes authorization
        background button bytes call_id caller caller_id categories city code command commands compact_threshold
        comparison_response_id complexity connector_id container container_id content context_compression
        context_management conversation country cyber data defer_loading definition delta description detail
        diff display_height display_width domain domain_secrets effort embedding_weight encrypted_content
        end_index env environment error execution exit_code external_web_access file_data file_id file_ids
        file_url filename filters fingerprint format frame_count frame_duration_ms headers hybrid_search id
        image image_url include include_obfuscation index input input_audio input_fidelity input_image_mask
        input_schema input_tokens instructions item_id items key keys limit logprob logprobs logs
        max_num_results max_output_length max_output_tokens max_tool_calls media_type memory_limit message
        metadata mode model moderation moderation_details moderation_stage name namespace network_policy never
        object operation order outcome output output_compression output_format output_index output_schema
        output_tokens outputs parallel_tool_calls param parameters partial_images path pattern
        pending_safety_checks personality phase policy previous_response_id prewarm prompt
        prompt_cache_breakpoint prompt_cache_key prompt_cache_options prompt_cache_retention quality queries
        query ranker ranking_options read_only reason reasoning reasoning_tokens refusal region require_approval
        result results revised_prompt role safety_identifier schema score score_threshold scroll_x scroll_y
        search_content_types search_context_size sequence_number server_description server_label server_url
        service_tier size skill_id skills source sources start_index starting_after status stderr stdout store
        stream stream_options strict summary svg svg_usage temperature text text_weight timeout_ms timezone
        title token tool_choice tool_names tools top_logprobs top_p total_tokens truncation ttl tunnel_id type
        url user user_location value variables vector_store_ids verbosity version working_directory x y
    """,
    words={
        "action": "auto edit generate",
        "allowed_callers": "direct programmatic",
        "background": "auto opaque transparent",
        "button": "back forward left right wheel",
        "complexity": "high low medium",
        "connector_id": """
            connector_dropbox connector_gmail connector_googlecalendar connector_googledrive
            connector_microsoftteams connector_outlookcalendar connector_outlookemail connector_sharepoint
        """,
        "context_compression": "auto disabled enabled",
        "detail": "auto high low",
        "effort": "high low max medium minimal none xhigh",
        "environment": "browser linux mac ubuntu windows",
        "execution": "client server",
        "format": "mp3 wav",
        "input_fidelity": "high low",
        "media_type": "application/zip",
        "memory_limit": "16g 1g 4g 64g",
        "mode": "auto block explicit implicit required score",
        "moderation": "auto low",
        "moderation_stage": "input output unknown",
        "order": "asc desc",
        "output_format": "gif jpeg png svg webp",
        "personality": "friendly pragmatic",
        "phase": "commentary final_answer",
        "prompt_cache_retention": "24h in_memory",
        "quality": "auto high low max medium xhigh",
        "ranker": "auto default-2024-11-15",
        "role": "assistant developer system user",
        "search_content_types": "image text",
        "search_context_size": "high low medium",
        "service_tier": "auto default fast flex priority",
        "size": "1024x1024 1024x1536 1536x1024 auto",
        "status": "calling completed failed generating in_progress incomplete interpreting searching",
        "truncation": "auto disabled",
        "ttl": "12h 30m",
        "type": """
            additional_tools allowed_tools allowlist apply_patch apply_patch_call apply_patch_call_output
            approximate auto base64 click code_interpreter code_interpreter_call compaction compaction_trigger
            computer computer_call computer_call_output computer_screenshot computer_use_preview
            configuration_update container_auto container_file_citation container_reference create_file custom
            custom_tool_call custom_tool_call_output delete_file direct disabled double_click drag exec exit
            file_citation file_path file_search file_search_call find_in_page function function_call
            function_call_output grammar http_error image image_generation image_generation_call inline input_audio
            input_file input_image input_text item_reference json_schema keypress local local_shell local_shell_call
            local_shell_call_output logs mcp mcp_approval_request mcp_approval_response mcp_call mcp_list_tools
            mcp_protocol_error mcp_tool_execution_error message move namespace open_page output_text program
            program_output programmatic_tool_calling reasoning reasoning_text refusal screenshot scroll search shell
            shell_call shell_call_output skill_reference summary_text timeout tool_search tool_search_call
            tool_search_output type update_file url url_citation wait web_search web_search_2025_08_26
            web_search_call web_search_preview web_search_preview_2025_03_11
        """,
        "verbosity": "high low medium",
        "include": """
            code_interpreter_call.outputs computer_call_output.output.image_url file_search_call.results
            message.input_image.image_url message.output_text.logprobs reasoning.encrypted_content
            web_search_call.action.sources web_search_call.results
        """,
        "tool_choice": "auto none required",
        "require_approval": "always never",
        "syntax": "lark regex",
    },
    opaque=(
        OpaqueRule("result", Opaque.IMAGE, type="image_generation_call"),
        OpaqueRule("data", Opaque.FILE, parent="source", type="base64"),
        OpaqueRule("id", Opaque.PUBLISHED, parent="prompt"),
        OpaqueRule("id", Opaque.SERVER_STATE, parent="input", alone=True),
        OpaqueRule("comparison_response_id", Opaque.SERVER_STATE),
    ),
)

SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "input": Kind("a string or an array of items", (str, list), Kind("an item", (dict,))),
    "instructions": TEXT,
    "stream": BOOLEAN,
    "background": BOOLEAN,
    "store": BOOLEAN,
    "max_output_tokens": INTEGER,
    "max_tool_calls": INTEGER,
    "temperature": NUMBER,
    "top_p": NUMBER,
    "top_logprobs": INTEGER,
    "parallel_tool_calls": BOOLEAN,
    "tools": OBJECTS,
    "tool_choice": TEXT_OR_OBJECT,
    "text": OBJECT,
    "reasoning": OBJECT,
    "prompt": OBJECT,
    "metadata": OBJECT,
    "include": TEXTS,
    "previous_response_id": TEXT,
    "conversation": TEXT_OR_OBJECT,
    "user": TEXT,
    "safety_identifier": TEXT,
    "prompt_cache_key": TEXT,
}
ITEM: Final = {
    "type": TEXT,
    "role": TEXT,
    "name": TEXT,
    "call_id": TEXT,
}

RULES: Final = AnswerRules.of(
    fixed="""
        id object type role status model call_id item_id response_id previous_response_id container_id file_id
        encrypted_content result partial_image_b64 b64_json data service_tier truncation obfuscation
    """,
    names="""
        annotation annotation_index billing cached_tokens completed_at content_index created_at incomplete_details
        input_tokens_details output_tokens_details part partial_image_index payer response summary_index usage
    """,
    sources="arguments",
    joined="output_text response.output_text.done",
    structure=STRUCTURE,
)
