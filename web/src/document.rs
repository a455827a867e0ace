//! Makes the OpenAPI document say what serde does: an answer's absent value is `null`, never left out.

use std::collections::BTreeSet;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, PathItem},
    schema::Schema,
};

const SCHEMAS: &str = "#/components/schemas/";
/// The one answer with a field that is left out.
const SPARSE: &str = "ErrorDetail";

/// Marks every field of every answer as present; requests keep their optional fields.
pub(crate) fn require_answers(document: &mut OpenApi) {
    let asked: BTreeSet<String> =
        document.paths.paths.values().flat_map(operations).flat_map(request_schemas).collect();
    let Some(components) = &mut document.components else { return };
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(schema) = schema
            && name != SPARSE
            && !asked.contains(name)
        {
            require_all(schema);
        }
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = &Operation> {
    [&item.get, &item.post, &item.put, &item.patch, &item.delete].into_iter().flatten()
}

fn request_schemas(operation: &Operation) -> Vec<String> {
    let Some(RefOr::T(body)) = &operation.request_body else { return Vec::new() };
    let names = body.content.values().filter_map(|content| match content {
        RefOr::T(content) => match &content.schema {
            Some(RefOr::Ref(schema)) => schema.ref_location.strip_prefix(SCHEMAS).map(str::to_owned),
            _ => None,
        },
        RefOr::Ref(_) => None,
    });
    names.collect()
}

fn require_all(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => object.required = object.properties.keys().cloned().collect(),
        Schema::AllOf(parts) => {
            for part in &mut parts.items {
                if let RefOr::T(part) = part {
                    require_all(part);
                }
            }
        }
        _ => {}
    }
}
