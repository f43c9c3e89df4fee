# The agent on a Windows host: JSON lines in and out, reads and applies what the controller has planned.
# Windows PowerShell 5.1 and PowerShell 7. It was never run on Windows by its authors: see docs/windows.md.
#
# Down: "F number c|e text" is a frame of a line (e: its last one), "A number" asks for all messages after a number.
# Up:   "number json". Everything is ASCII; what a host says in other letters is escaped in JSON.

function ConvertFrom-Tree($Value) {
    # What a JSON reader gives -> hashtables, arrays and plain values. PSBase: a key may be called Keys.
    if ($Value -is [System.Collections.IDictionary]) {
        $found = @{}
        foreach ($name in @($Value.PSBase.Keys)) {
            $found[[string]$name] = ConvertFrom-Tree $Value[$name]
        }
        return $found
    }
    if ($Value -is [System.Collections.IList] -and $Value -isnot [string]) {
        $items = New-Object System.Collections.ArrayList
        foreach ($item in $Value) {
            $items.Add((ConvertFrom-Tree $item)) | Out-Null
        }
        return , $items.ToArray()
    }
    return $Value
}

function ConvertFrom-Element($Element) {
    # A System.Text.Json element (PowerShell 7) -> hashtables, arrays and plain values
    switch ([string]$Element.ValueKind) {
        'Object' {
            $found = @{}
            foreach ($property in $Element.EnumerateObject()) {
                $found[$property.Name] = ConvertFrom-Element $property.Value
            }
            return $found
        }
        'Array' {
            $items = New-Object System.Collections.ArrayList
            foreach ($item in $Element.EnumerateArray()) {
                $items.Add((ConvertFrom-Element $item)) | Out-Null
            }
            return , $items.ToArray()
        }
        'String' { return $Element.GetString() }
        'Number' {
            $whole = [long]0
            if ($Element.TryGetInt64([ref]$whole)) {
                return $whole
            }
            return $Element.GetDouble()
        }
        'True' { return $true }
        'False' { return $false }
        default { return $null }
    }
}

function ConvertFrom-Message([string]$Text) {
    # ConvertFrom-Json would make dates of texts (7) and objects that are no hashtables (5.1)
    if ($PSVersionTable.PSVersion.Major -ge 6) {
        return ConvertFrom-Element ([System.Text.Json.JsonDocument]::Parse($Text).RootElement)
    }
    if (-not ('System.Web.Script.Serialization.JavaScriptSerializer' -as [type])) {
        Add-Type -AssemblyName System.Web.Extensions -ErrorAction Stop
    }
    $reader = New-Object System.Web.Script.Serialization.JavaScriptSerializer
    $reader.MaxJsonLength = [int]::MaxValue
    $reader.RecursionLimit = 200
    return ConvertFrom-Tree ($reader.DeserializeObject($Text))
}

function Add-JsonText([System.Text.StringBuilder]$Builder, [string]$Text) {
    $Builder.Append('"') | Out-Null
    if ($Text -cmatch '\A[ !#-\[\]-~]*\z') {
        $Builder.Append($Text) | Out-Null
    }
    else {
        foreach ($letter in $Text.ToCharArray()) {
            $code = [int]$letter
            if ($code -eq 34 -or $code -eq 92) {
                $Builder.Append('\').Append($letter) | Out-Null
            }
            elseif ($code -lt 32 -or $code -gt 126) {
                $Builder.Append('\u').Append($code.ToString('x4')) | Out-Null
            }
            else {
                $Builder.Append($letter) | Out-Null
            }
        }
    }
    $Builder.Append('"') | Out-Null
}

function Add-Json([System.Text.StringBuilder]$Builder, $Value, [int]$Depth) {
    # Keys in order, so that equal states give equal texts
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    if ($Depth -gt 60) {
        $Builder.Append('"..."') | Out-Null
        return
    }
    if ($null -ne $Value -and $Value -isnot [System.Management.Automation.PSCustomObject]) {
        $Value = $Value.PSObject.BaseObject
    }
    if ($null -eq $Value) {
        $Builder.Append('null') | Out-Null
    }
    elseif ($Value -is [bool]) {
        $Builder.Append($(if ($Value) { 'true' } else { 'false' })) | Out-Null
    }
    elseif ($Value -is [string] -or $Value -is [char] -or $Value -is [guid] -or $Value -is [version]) {
        Add-JsonText $Builder ([string]$Value)
    }
    elseif ($Value -is [enum]) {
        Add-JsonText $Builder $Value.ToString()
    }
    elseif ($Value -is [double] -or $Value -is [single]) {
        if ([double]::IsNaN($Value) -or [double]::IsInfinity($Value)) {
            $Builder.Append('null') | Out-Null
        }
        else {
            $Builder.Append(([double]$Value).ToString('R', $culture)) | Out-Null
        }
    }
    elseif ($Value -is [System.ValueType] -and $Value -is [System.IConvertible] -and $Value -isnot [datetime]) {
        $Builder.Append(([System.IConvertible]$Value).ToString($culture)) | Out-Null
    }
    elseif ($Value -is [datetime]) {
        Add-JsonText $Builder ($Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', $culture))
    }
    elseif ($Value -is [System.Collections.IDictionary]) {
        Add-JsonObject $Builder $Value $Depth
    }
    elseif ($Value -is [System.Collections.IEnumerable]) {
        $Builder.Append('[') | Out-Null
        $first = $true
        foreach ($item in $Value) {
            if (-not $first) {
                $Builder.Append(',') | Out-Null
            }
            $first = $false
            Add-Json $Builder $item ($Depth + 1)
        }
        $Builder.Append(']') | Out-Null
    }
    elseif ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $table[$property.Name] = $property.Value
        }
        Add-JsonObject $Builder $table $Depth
    }
    else {
        Add-JsonText $Builder ([string]$Value)
    }
}

function Add-JsonObject([System.Text.StringBuilder]$Builder, $Table, [int]$Depth) {
    $names = [string[]]@($Table.PSBase.Keys)
    [array]::Sort($names, [System.StringComparer]::Ordinal)
    $Builder.Append('{') | Out-Null
    $first = $true
    foreach ($name in $names) {
        if (-not $first) {
            $Builder.Append(',') | Out-Null
        }
        $first = $false
        Add-JsonText $Builder $name
        $Builder.Append(':') | Out-Null
        Add-Json $Builder $Table[$name] ($Depth + 1)
    }
    $Builder.Append('}') | Out-Null
}

function ConvertTo-Message($Value) {
    $builder = New-Object System.Text.StringBuilder
    Add-Json $builder $Value 0
    return $builder.ToString()
}

function Get-TextHash([string]$Text) {
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    try {
        return [BitConverter]::ToString($hasher.ComputeHash([System.Text.Encoding]::ASCII.GetBytes($Text))).Replace('-', '').ToLowerInvariant()
    }
    finally {
        $hasher.Dispose()
    }
}

function Get-FileHashText([string]$Path) {
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    $stream = [System.IO.File]::OpenRead($Path)
    try {
        return [BitConverter]::ToString($hasher.ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
    }
    finally {
        $stream.Dispose()
        $hasher.Dispose()
    }
}

function Expand-Bytes([byte[]]$Data) {
    # zlib: two bytes of header, then deflate
    $packed = New-Object System.IO.MemoryStream(, $Data)
    $packed.Position = 2
    $inflate = New-Object System.IO.Compression.DeflateStream($packed, [System.IO.Compression.CompressionMode]::Decompress)
    $plain = New-Object System.IO.MemoryStream
    $inflate.CopyTo($plain)
    $inflate.Dispose()
    return , $plain.ToArray()
}

# --- what goes up -----------------------------------------------------------------------------------------

function Send-Message($Agent, $Message) {
    $Agent.Sent += 1
    $line = [string]$Agent.Sent + ' ' + (ConvertTo-Message $Message) + "`n"
    $Agent.Kept[$Agent.Sent] = $line
    $Agent.Waiting.Append($line) | Out-Null
    # results wait for one another a moment, longer as a batch goes on: a Receive of WinRM brings what is there, and costs
    # a round trip
    if ($Agent.Waiting.Length -gt 100000 -or ([datetime]::UtcNow - $Agent.Flushed).TotalMilliseconds -gt $Agent.Patience) {
        Send-Waiting $Agent
    }
}

function Send-Text($Agent, [string]$Text) {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Text)
    $Agent.Output.Write($bytes, 0, $bytes.Length)
    $Agent.Output.Flush()
}

function Send-Waiting($Agent) {
    $Agent.Flushed = [datetime]::UtcNow
    $Agent.Patience = [math]::Min(2 * $Agent.Patience, 2000)
    if ($Agent.Waiting.Length -gt 0) {
        $text = $Agent.Waiting.ToString()
        $Agent.Waiting.Length = 0
        Send-Text $Agent $text
    }
}

function Send-Again($Agent, [int]$Have) {
    foreach ($number in @($Agent.Kept.Keys | Where-Object { $_ -gt $Have } | Sort-Object)) {
        Send-Text $Agent $Agent.Kept[$number]
    }
    $Agent.Waiting.Length = 0
}

# --- what outlives this process ---------------------------------------------------------------------------

function Open-Lock([string]$Path) {
    # The process that a broken connection has left behind may still be in the middle of a step: it ends first
    $end = [datetime]::UtcNow.AddSeconds(30)
    while ($true) {
        try {
            return New-Object System.IO.FileStream($Path, [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None)
        }
        catch {
            if ([datetime]::UtcNow -gt $end) {
                throw 'the process of a connection that broke is still at work'
            }
            [System.Threading.Thread]::Sleep(250)
        }
    }
}

function Open-Run($Agent, [string]$Run) {
    $base = $env:LOCALAPPDATA
    if (-not $base) {
        $base = [System.IO.Path]::GetTempPath()
    }
    $base = [System.IO.Path]::Combine($base, 'officefleet', 'runs')
    $Agent.Folder = [System.IO.Path]::Combine($base, ($Run -replace '[^0-9a-f]', ''))
    [System.IO.Directory]::CreateDirectory($Agent.Folder) | Out-Null
    $Agent.Lock = Open-Lock ([System.IO.Path]::Combine($Agent.Folder, 'lock'))
    foreach ($old in [System.IO.Directory]::GetDirectories($base)) {
        if ([System.IO.Directory]::GetLastWriteTimeUtc($old) -lt [datetime]::UtcNow.AddDays(-7)) {
            Remove-Item -LiteralPath $old -Recurse -Force -ErrorAction SilentlyContinue
        }
    }
    $journal = [System.IO.Path]::Combine($Agent.Folder, 'journal')
    if ([System.IO.File]::Exists($journal)) {
        foreach ($line in [System.IO.File]::ReadAllLines($journal)) {
            try {
                $entry = ConvertFrom-Message $line
                $Agent.Journal[$entry['k']] = $entry['r']
            }
            catch {
                break  # the line that was being written when the power went
            }
        }
    }
    $Agent.JournalFile = New-Object System.IO.FileStream($journal, [System.IO.FileMode]::Append, [System.IO.FileAccess]::Write, [System.IO.FileShare]::ReadWrite)
    $have = @([System.IO.Directory]::GetFiles($Agent.Folder) | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Where-Object { $_.Length -eq 64 })
    Send-Message $Agent @{
        t = 'hello'; powershell = $PSVersionTable.PSVersion.ToString(); pid = $PID; have = $have
        language = [string]$ExecutionContext.SessionState.LanguageMode
        culture = [System.Globalization.CultureInfo]::CurrentCulture.Name
        oem = [System.Globalization.CultureInfo]::CurrentCulture.TextInfo.OEMCodePage
        bits = [IntPtr]::Size * 8
    }
    Send-Waiting $Agent
}

function Add-JournalEntry($Agent, [string]$Key, $Result, [bool]$Durable = $false) {
    # Durable: on the disk before anything is done. Only what runs as a whole needs that: states are read again.
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((ConvertTo-Message @{ k = $Key; r = $Result }) + "`n")
    $Agent.JournalFile.Write($bytes, 0, $bytes.Length)
    $Agent.JournalFile.Flush($Durable)
    $Agent.Journal[$Key] = $Result
}

function Add-Blob($Agent, $Message) {
    $place = [System.IO.Path]::Combine($Agent.Folder, [string]$Message['sha'])
    $mode = [System.IO.FileMode]::Append
    if ($Message['n'] -eq 0) {
        $mode = [System.IO.FileMode]::Create
    }
    $bytes = [Convert]::FromBase64String($Message['data'])
    $stream = New-Object System.IO.FileStream(($place + '.part'), $mode)
    try {
        $stream.Write($bytes, 0, $bytes.Length)
    }
    finally {
        $stream.Dispose()
    }
    if (-not $Message['end']) {
        return
    }
    if ($Message['z']) {
        [System.IO.File]::WriteAllBytes(($place + '.part'), (Expand-Bytes ([System.IO.File]::ReadAllBytes($place + '.part'))))
    }
    if ((Get-FileHashText ($place + '.part')) -eq $Message['sha']) {
        [System.IO.File]::Delete($place)
        [System.IO.File]::Move(($place + '.part'), $place)
    }
}

# --- one step ---------------------------------------------------------------------------------------------

$OfficefleetHelpers = @'
function Stop-Module([string]$Message, [hashtable]$Fields = @{}) {
    $problem = New-Object System.Exception($Message)
    $problem.Data['officefleet'] = $Fields
    throw $problem
}

function Stop-Undecidable([string]$Message) {
    Stop-Module $Message @{ officefleet_undecidable = $true }
}

function Get-BlobPath([string]$Sha) {
    $place = [System.IO.Path]::Combine($OfficefleetShared.Folder, $Sha)
    if (-not [System.IO.File]::Exists($place)) {
        Stop-Module 'the content was damaged on its way to the host'
    }
    return $place
}

function Send-Progress([string]$Text) {
    $OfficefleetShared.Progress.Enqueue($Text)
}

function Get-ProgramEncoding([string]$Name) {
    if ($Name -eq 'utf8') { return New-Object System.Text.UTF8Encoding($false) }
    if ($Name -eq 'utf16') { return [System.Text.Encoding]::Unicode }
    return [System.Text.Encoding]::GetEncoding([System.Globalization.CultureInfo]::CurrentCulture.TextInfo.OEMCodePage)
}

function Invoke-Program([string]$FilePath, [string]$ArgumentLine, [hashtable]$Options = @{}) {
    $encoding = Get-ProgramEncoding ([string]$Options['Encoding'])
    $start = New-Object System.Diagnostics.ProcessStartInfo($FilePath, $ArgumentLine)
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    if ($Options['Directory']) {
        $start.WorkingDirectory = $Options['Directory']
    }
    try {
        $process = [System.Diagnostics.Process]::Start($start)
    }
    catch {
        Stop-Module ($FilePath + ': ' + $_.Exception.GetBaseException().Message) @{ rc = 2 }
    }
    $OfficefleetShared.Processes.Add($process.Id) | Out-Null
    if ($null -ne $Options['Stdin'] -and '' -ne $Options['Stdin']) {
        $bytes = $encoding.GetBytes([string]$Options['Stdin'])
        $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
    }
    $process.StandardInput.Close()
    $seconds = [double]$Options['Timeout']
    $end = [datetime]::UtcNow.AddSeconds($seconds)
    $streams = @($process.StandardOutput.BaseStream, $process.StandardError.BaseStream)
    $buffers = @((New-Object byte[] 65536), (New-Object byte[] 65536))
    $texts = @((New-Object System.IO.MemoryStream), (New-Object System.IO.MemoryStream))
    $reads = @($streams[0].ReadAsync($buffers[0], 0, 65536), $streams[1].ReadAsync($buffers[1], 0, 65536))
    $quiet = $null
    while ($null -ne $reads[0] -or $null -ne $reads[1]) {
        $moved = $false
        foreach ($place in 0, 1) {
            if ($null -ne $reads[$place] -and $reads[$place].IsCompleted) {
                $moved = $true
                $count = $reads[$place].GetAwaiter().GetResult()
                if ($count -eq 0) {
                    $reads[$place] = $null
                }
                else {
                    $texts[$place].Write($buffers[$place], 0, $count)
                    $reads[$place] = $streams[$place].ReadAsync($buffers[$place], 0, 65536)
                }
            }
        }
        if ($moved) {
            $quiet = $null
            continue
        }
        if ($process.HasExited) {
            # a child of it may hold the pipes open for ever
            if ($null -eq $quiet) { $quiet = [datetime]::UtcNow.AddSeconds(2) }
            if ([datetime]::UtcNow -gt $quiet) { break }
        }
        elseif ($seconds -gt 0 -and [datetime]::UtcNow -gt $end) {
            Stop-Tree $process.Id
            Stop-Module ('timed out after ' + $seconds + ' seconds') @{ timedout = $true; rc = -1 }
        }
        $open = [System.Threading.Tasks.Task[]]@($reads | Where-Object { $null -ne $_ })
        if ($open.Length -gt 0) {
            [System.Threading.Tasks.Task]::WaitAny($open, 50) | Out-Null
        }
    }
    $process.WaitForExit()
    $OfficefleetShared.Processes.Remove($process.Id)
    $found = @{
        rc = $process.ExitCode
        stdout = $encoding.GetString($texts[0].ToArray())
        stderr = $encoding.GetString($texts[1].ToArray())
    }
    $process.Dispose()
    return $found
}

function Stop-Tree([int]$Id) {
    $killer = New-Object System.Diagnostics.ProcessStartInfo('taskkill.exe', ('/T /F /PID ' + $Id))
    $killer.UseShellExecute = $false
    $killer.CreateNoWindow = $true
    $killer.RedirectStandardOutput = $true
    $killer.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($killer)
    $process.WaitForExit(10000) | Out-Null
}

function Invoke-Guarded([string]$Function, $Parameters) {
    # Calls a module's function for each parameter; what it returns last is its result
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $found = New-Object System.Collections.ArrayList
    try {
        foreach ($parameter in $Parameters) {
            $table = @(& $Function $parameter | Where-Object { $_ -is [System.Collections.IDictionary] })
            if ($table.Length -gt 0) {
                $found.Add($table[$table.Length - 1]) | Out-Null
            }
        }
        return @{ ok = $true; found = $found.ToArray() }
    }
    catch {
        $problem = $_.Exception
        while ($null -ne $problem -and -not $problem.Data.Contains('officefleet')) {
            $problem = $problem.InnerException
        }
        if ($null -ne $problem) {
            return @{ ok = $false; msg = $problem.Message; fields = $problem.Data['officefleet'] }
        }
        $text = $_.Exception.GetBaseException().Message
        $fields = @{ exception = ([string]$_.InvocationInfo.PositionMessage) }
        if ($_.Exception -is [System.Management.Automation.PSSecurityException]) {
            $fields['policy'] = $true
        }
        return @{ ok = $false; msg = $text; fields = $fields }
    }
}
'@

function New-Space($Agent, [string]$Module) {
    # A fresh runspace: what one task leaves in variables or in its location never meets another
    $space = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $space.Open()
    $space.SessionStateProxy.SetVariable('OfficefleetShared', $Agent.Shared)
    $shell = [powershell]::Create()
    $shell.Runspace = $space
    $code = $OfficefleetHelpers + "`n" + $Agent.Modules['_kit'] + "`n" + $Agent.Modules[$Module]
    $shell.AddScript($code).Invoke() | Out-Null
    $problems = @($shell.Streams.Error)
    $shell.Dispose()
    if ($problems.Length -gt 0) {
        $space.Dispose()
        throw $problems[0].Exception
    }
    return $space
}

function Invoke-Step($Agent, $Step, [string]$Function, $Parameters) {
    # -> @{ ok; found; msg; fields }; runs the function in a runspace with the step's environment and time limit
    if (-not $Agent.Modules.ContainsKey($Step['m'])) {
        return @{ ok = $false; msg = ($Step['m'] + ': its code was not sent'); fields = @{} }
    }
    $limit = [double]$Step['timeout']
    $environment = $Step['env']
    $saved = @{}
    $space = $null
    $shell = $null
    $kept = $null
    try {
        # reading leaves nothing behind, so reads of one module share a runspace: opening one takes tens of milliseconds
        if ($Function -eq 'Read-State' -and $Agent.Spaces.ContainsKey($Step['m'])) {
            $space = $Agent.Spaces[$Step['m']]
            $Agent.Spaces.Remove($Step['m'])
        }
        else {
            $space = New-Space $Agent $Step['m']
        }
        if ($environment) {
            foreach ($name in @($environment.PSBase.Keys)) {
                $saved[$name] = [Environment]::GetEnvironmentVariable($name)
                [Environment]::SetEnvironmentVariable($name, [string]$environment[$name])
            }
        }
        else {
            $environment = @{}
        }
        $space.SessionStateProxy.SetVariable('Context', @{
            Check = [bool]$Step['check']; Diff = [bool]$Step['diff']; Timeout = $limit
            Environment = $environment; Folder = $Agent.Folder
        })
        $shell = [powershell]::Create()
        $shell.Runspace = $space
        $shell.AddCommand('Invoke-Guarded').AddArgument($Function).AddArgument($Parameters) | Out-Null
        $end = [datetime]::UtcNow.AddSeconds($limit)
        $pending = $shell.BeginInvoke()
        while (-not $pending.AsyncWaitHandle.WaitOne(200)) {
            Send-Steps $Agent $Step
            if ($limit -gt 0 -and [datetime]::UtcNow -gt $end) {
                Stop-Step $Agent $shell
                return @{ ok = $false; msg = ('timed out after ' + $limit + ' seconds'); fields = @{ timedout = $true } }
            }
        }
        Send-Steps $Agent $Step
        $all = @($shell.EndInvoke($pending))
        if ($Function -eq 'Read-State') {
            $kept = $space
        }
        return $all[$all.Length - 1]
    }
    catch {
        return @{ ok = $false; msg = $_.Exception.GetBaseException().Message; fields = @{} }
    }
    finally {
        foreach ($name in @($saved.PSBase.Keys)) {
            [Environment]::SetEnvironmentVariable($name, $saved[$name])
        }
        if ($null -ne $shell) {
            $shell.Dispose()
        }
        if ($null -ne $kept) {
            $Agent.Spaces[$Step['m']] = $kept
        }
        elseif ($null -ne $space) {
            $space.Dispose()
        }
    }
}

function Stop-Step($Agent, $Shell) {
    # A program that hangs keeps its pipeline from stopping: it goes first
    foreach ($id in @($Agent.Shared.Processes.ToArray())) {
        $killer = New-Object System.Diagnostics.ProcessStartInfo('taskkill.exe', ('/T /F /PID ' + $id))
        $killer.UseShellExecute = $false
        $killer.CreateNoWindow = $true
        $process = [System.Diagnostics.Process]::Start($killer)
        $process.WaitForExit(10000) | Out-Null
    }
    $Agent.Shared.Processes.Clear()
    $stopping = $Shell.BeginStop($null, $null)
    $stopping.AsyncWaitHandle.WaitOne(5000) | Out-Null
}

function Send-Steps($Agent, $Step) {
    # What a step has said meanwhile, and the results of those before it when it takes long
    $text = ''
    if ($null -ne $Agent.Output -and ([datetime]::UtcNow - $Agent.Flushed).TotalMilliseconds -gt $Agent.Patience) {
        Send-Waiting $Agent
    }
    while ($Agent.Shared.Progress.TryDequeue([ref]$text)) {
        if ($null -ne $Agent.Output) {
            Send-Message $Agent @{ t = 'out'; b = $Agent.Batch; i = $Step['i']; text = $text }
            Send-Waiting $Agent
        }
    }
}

function ConvertTo-Failure($Outcome) {
    $fields = $Outcome['fields']
    if ($null -eq $fields) {
        $fields = @{}
    }
    if ($fields.ContainsKey('officefleet_undecidable')) {
        return @{ skipped = $true; undecidable = $true; changed = $false; msg = $Outcome['msg'] }
    }
    $found = @{ failed = $true; changed = $false }
    foreach ($name in @($fields.PSBase.Keys)) {
        $found[$name] = $fields[$name]
    }
    $found['failed'] = $true
    $found['msg'] = $Outcome['msg']
    return $found
}

function Read-Step($Agent, $Step) {
    $outcome = Invoke-Step $Agent $Step 'Read-State' @(, $Step['a'])
    if ($outcome['ok'] -and @($outcome['found']).Length -gt 0) {
        $state = @($outcome['found'])[0]
        return @{ state = $state; h = (Get-TextHash (ConvertTo-Message $state)) }
    }
    if ($outcome['ok']) {
        $outcome = @{ ok = $false; msg = ($Step['m'] + ': Read-State returned nothing'); fields = @{} }
    }
    $failure = ConvertTo-Failure $outcome
    return @{ error = $failure; h = (Get-TextHash (ConvertTo-Message $failure)) }
}

function Merge-Found($Outcome) {
    if (-not $Outcome['ok']) {
        return ConvertTo-Failure $Outcome
    }
    $merged = @{}
    foreach ($table in @($Outcome['found'])) {
        foreach ($name in @($table.PSBase.Keys)) {
            $merged[$name] = $table[$name]
        }
    }
    return $merged
}

function Get-KnownStep($Agent, $Step) {
    # What the journal says of a step; $null when it was never begun
    if ($Step['op'] -eq 'read' -or -not $Agent.Journal.ContainsKey($Step['k'])) {
        return $null
    }
    $known = $Agent.Journal[$Step['k']]
    if ($null -ne $known) {
        return @{ r = $known }
    }
    if ($Step['op'] -eq 'run') {
        return @{ r = @{
            failed = $true; changed = $true; unknown = $true
            msg = 'PowerShell ended while the step ran; whether it was done is not known'
        } }
    }
    $found = Read-Step $Agent $Step
    $found['moved'] = $true
    $found['begun'] = $true
    return $found
}

function Invoke-OneStep($Agent, $Step) {
    if ($Step['op'] -eq 'read') {
        return Read-Step $Agent $Step
    }
    $known = Get-KnownStep $Agent $Step
    if ($null -ne $known) {
        return $known
    }
    $changes = @($Step['c'] | Where-Object { $null -ne $_ })
    if ($Step['op'] -eq 'apply') {
        $found = Read-Step $Agent $Step
        if ($found['h'] -ne $Step['h']) {
            $found['moved'] = $true
            return $found
        }
        if ($changes.Length -eq 0) {
            return @{ r = @{} }
        }
    }
    $lasting = -not $Step['check']
    if ($lasting) {
        Add-JournalEntry $Agent $Step['k'] $null ($Step['op'] -eq 'run')
    }
    if ($Step['op'] -eq 'apply') {
        $result = Merge-Found (Invoke-Step $Agent $Step 'Invoke-Change' $changes)
    }
    elseif ($Step['async'] -and $lasting) {
        $result = Start-DetachedStep $Agent $Step
    }
    else {
        $result = Merge-Found (Invoke-Step $Agent $Step 'Invoke-Module' @(, $Step['a']))
    }
    if ($lasting) {
        Add-JournalEntry $Agent $Step['k'] $result
    }
    return @{ r = $result }
}

function Invoke-Batch($Agent, $Batch) {
    $Agent.Batch = $Batch['id']
    $Agent.Flushed = [datetime]::UtcNow
    $Agent.Patience = 50
    $failed = $null
    $moved = $false
    foreach ($step in @($Batch['steps'])) {
        if ($moved) {
            # what follows a surprise is read anew at once: the controller plans on that
            $result = Get-KnownStep $Agent $step
            if ($null -eq $result -and $step['op'] -ne 'run') {
                $result = Read-Step $Agent $step
            }
            if ($null -ne $result) {
                Send-Message $Agent @{ t = 'res'; b = $Batch['id']; i = $step['i']; r = $result }
            }
            continue
        }
        if ($null -ne $failed -and $step['g'] -ne $failed) {
            break
        }
        $result = Invoke-OneStep $Agent $step
        Send-Message $Agent @{ t = 'res'; b = $Batch['id']; i = $step['i']; r = $result }
        if ($result['moved']) {
            $moved = $true
        }
        elseif ($result.ContainsKey('r') -and $result['r']['failed'] -and -not $step['go_on']) {
            $failed = $step['g']
        }
    }
    Send-Message $Agent @{ t = 'end'; b = $Batch['id']; stopped = ($moved -or $null -ne $failed) }
    Send-Waiting $Agent
}

# --- steps that go on by themselves -------------------------------------------------------------------------

function Get-JobFolder {
    $folder = [System.IO.Path]::Combine($env:USERPROFILE, '.ansible_async')
    [System.IO.Directory]::CreateDirectory($folder) | Out-Null
    return $folder
}

function Start-DetachedStep($Agent, $Step) {
    # WinRM ends all processes of a shell with it, so the step becomes a scheduled task of the same account (S4U)
    $job = 'j' + [guid]::NewGuid().ToString('N').Substring(0, 12) + '.' + $PID
    $place = [System.IO.Path]::Combine((Get-JobFolder), $job)
    $seconds = [int]$Step['async']
    $state = @{
        started = 1; finished = 0; ansible_job_id = $job
        limit = [int64](([datetime]::UtcNow.AddSeconds($seconds) - [datetime]'1970-01-01').TotalSeconds)
    }
    [System.IO.File]::WriteAllText($place, (ConvertTo-Message $state))
    # the run's folder goes with the run; what the step needs of it stays with the job
    $content = $place + '.content'
    [System.IO.Directory]::CreateDirectory($content) | Out-Null
    $sha = [string]$Step['a']['_blob']
    if ($sha) {
        [System.IO.File]::Copy([System.IO.Path]::Combine($Agent.Folder, $sha), [System.IO.Path]::Combine($content, $sha), $true)
    }
    $work = @{ step = $Step; modules = $Agent.Modules; folder = $content; job = $job }
    [System.IO.File]::WriteAllText(($place + '.work'), (ConvertTo-Message $work))
    [System.IO.File]::WriteAllText(($place + '.agent'), $Agent.Code)
    $script = '. ([ScriptBlock]::Create([IO.File]::ReadAllText(''' + $place.Replace("'", "''") + '.agent''))); Invoke-DetachedStep ''' + $place.Replace("'", "''") + ''''
    $encoded = [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($script))
    $service = New-Object -ComObject Schedule.Service -ErrorAction Stop
    $service.Connect()
    $definition = $service.NewTask(0)
    $definition.Settings.ExecutionTimeLimit = 'PT' + $seconds + 'S'
    $definition.Settings.DisallowStartIfOnBatteries = $false
    $definition.Settings.StopIfGoingOnBatteries = $false
    $definition.Principal.RunLevel = 1
    $action = $definition.Actions.Create(0)
    $action.Path = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    $action.Arguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand ' + $encoded
    $account = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
    $task = $service.GetFolder('\').RegisterTaskDefinition(('officefleet-' + $job), $definition, 6, $account, $null, 2)
    $task.Run($null) | Out-Null
    return @{ started = 1; finished = 0; ansible_job_id = $job; results_file = $place; changed = $true }
}

function Invoke-DetachedStep([string]$Place) {
    $work = ConvertFrom-Message ([System.IO.File]::ReadAllText($Place + '.work'))
    [System.IO.File]::Delete($Place + '.work')
    $agent = New-Agent $null
    $agent.Modules = $work['modules']
    $agent.Folder = $work['folder']
    $agent.Shared.Folder = $work['folder']
    $result = Merge-Found (Invoke-Step $agent $work['step'] 'Invoke-Module' @(, $work['step']['a']))
    $result['started'] = 1
    $result['finished'] = 1
    $result['ansible_job_id'] = $work['job']
    $text = ConvertTo-Message $result
    [System.IO.File]::WriteAllText(($Place + '.new'), $text)
    [System.IO.File]::Replace(($Place + '.new'), $Place, [NullString]::Value)
    [System.IO.File]::Delete($Place + '.agent')
    Remove-Item -LiteralPath $work['folder'] -Recurse -Force -ErrorAction SilentlyContinue
    $service = New-Object -ComObject Schedule.Service -ErrorAction Stop
    $service.Connect()
    $service.GetFolder('\').DeleteTask(('officefleet-' + $work['job']), 0)
}

# --- the loop ---------------------------------------------------------------------------------------------

function New-Agent($Output) {
    try {
        [System.Text.Encoding]::RegisterProvider([System.Text.CodePagesEncodingProvider]::Instance)
    }
    catch {
        $null = $_  # Windows PowerShell has all code pages
    }
    return @{
        Output = $Output; Sent = 0; Kept = @{}; Waiting = (New-Object System.Text.StringBuilder)
        Flushed = [datetime]::UtcNow; Patience = 50; Folder = ''; Journal = @{}; JournalFile = $null; Lock = $null; Modules = @{ _kit = '' }
        Batch = ''; Code = ''; Seen = 0; Spaces = @{}; Parts = (New-Object System.Text.StringBuilder)
        Shared = @{
            Folder = ''
            Processes = [System.Collections.ArrayList]::Synchronized((New-Object System.Collections.ArrayList))
            Progress = (New-Object System.Collections.Concurrent.ConcurrentQueue[string])
        }
    }
}

function Receive-Line($Agent, [string]$Line) {
    # -> a whole message, or $null; a frame that was sent twice is dropped
    if ($Line.StartsWith('A ')) {
        Send-Again $Agent ([int]$Line.Substring(2))
        return $null
    }
    if (-not $Line.StartsWith('F ')) {
        return $null
    }
    $parts = $Line.Split([char[]]@(' '), 4)
    $number = [int]$parts[1]
    if ($number -le $Agent.Seen) {
        return $null
    }
    if ($number -ne $Agent.Seen + 1) {
        throw 'a frame is missing'
    }
    $Agent.Seen = $number
    $Agent.Parts.Append($parts[3]) | Out-Null
    if ($parts[2] -ne 'e') {
        return $null
    }
    $text = $Agent.Parts.ToString()
    $Agent.Parts.Length = 0
    return ConvertFrom-Message $text
}

function Start-Agent($Reader, [string]$Code = '') {
    $agent = New-Agent ([Console]::OpenStandardOutput())
    $agent.Code = $Code
    while ($null -ne ($line = $Reader.ReadLine())) {
        $message = Receive-Line $agent $line
        if ($null -eq $message) {
            continue
        }
        switch ($message['t']) {
            'open' {
                Open-Run $agent $message['run']
                $agent.Shared.Folder = $agent.Folder
            }
            'code' {
                $sources = ConvertFrom-Message ([System.Text.Encoding]::ASCII.GetString((Expand-Bytes ([Convert]::FromBase64String($message['z'])))))
                foreach ($name in @($sources.PSBase.Keys)) {
                    $agent.Modules[$name] = $sources[$name]
                }
            }
            'blob' {
                Add-Blob $agent $message
            }
            'batch' {
                foreach ($number in @($agent.Kept.Keys | Where-Object { $_ -le $message['ack'] })) {
                    $agent.Kept.Remove($number)
                }
                Invoke-Batch $agent $message
            }
            'bye' {
                $agent.JournalFile.Dispose()
                $agent.Lock.Dispose()
                Remove-Item -LiteralPath $agent.Folder -Recurse -Force -ErrorAction SilentlyContinue
                return
            }
        }
    }
}
